// Events as real sources and a real Broker sent them, answered by real processes of the functions.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  logsWhen,
  post,
  startFunction,
  type FunctionName,
  type FunctionProcess,
  type LogEntry,
} from '../process.ts';
import { reference } from '../shared.ts';
import { startStub, writeKubeconfig, type Asked, type Answer, type Stub } from '../stub-server.ts';

const captured = suite('an event as it was captured');

const FUNCTIONS: FunctionName[] = ['start', 'iterate', 'finish'];
const STRUCTURED = 'application/cloudevents+json';

/** A cluster without experiments. */
function answer({ path }: Asked): Answer {
  const isList = path === '/apis/iter8.tools/v2alpha2/experiments';
  return isList
    ? { json: { kind: 'Table', metadata: {}, columnDefinitions: [], rows: [] } }
    : { status: 404, json: { kind: 'Status', code: 404, message: 'not found' } };
}

const stops: (() => unknown)[] = [];
const processes = new Map<FunctionName, FunctionProcess>();
let stub: Stub;

const folder = reference('events');
const files = folder ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];

captured.before(async () => {
  if (files.length === 0) return;
  stub = await startStub(answer);
  stops.push(() => stub.stop());
  const kubeconfig = writeKubeconfig(stub.url);
  stops.push(kubeconfig.remove);
  for (const name of FUNCTIONS) {
    const running = await startFunction(name, { KUBECONFIG: kubeconfig.path });
    stops.push(running.stop);
    processes.set(name, running);
  }
});

captured.after(async () => {
  for (const stop of stops.reverse()) await stop();
});

type Sent = { headers: Record<string, string>; bodyJson?: unknown; bodyText?: string };
type Attributes = Record<string, unknown> & { type: string; subject?: string };

/** What is on the way from hop to hop only. */
const HOP = ['host', 'content-length', 'accept-encoding'];

function read(file: string): { headers: Record<string, string>; body: string; event: Attributes } {
  const { request } = JSON.parse(readFileSync(join(folder!, file), 'utf8')) as { request: Sent };
  const headers = Object.fromEntries(
    Object.entries(request.headers)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .filter(([name]) => !HOP.includes(name)),
  );
  const { bodyJson, bodyText = '' } = request;
  const body = bodyJson === undefined ? bodyText : JSON.stringify(bodyJson);
  const isStructured = headers['content-type'] === STRUCTURED;
  const event = isStructured ? (bodyJson as Attributes) : fromHeaders(headers, bodyJson);
  return { headers, body, event };
}

function fromHeaders(headers: Record<string, string>, data: unknown): Attributes {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), value] as const);
  return { ...(Object.fromEntries(attributes) as Attributes), data };
}

/** The same event in the other mode. */
function inOtherMode(event: Attributes, isStructured: boolean): [Record<string, string>, string] {
  if (!isStructured) return [{ 'content-type': STRUCTURED }, JSON.stringify(event)];
  const { data, datacontenttype, ...attributes } = event;
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
  const type = ['content-type', String(datacontenttype)];
  return [Object.fromEntries([...headers, type]) as Record<string, string>, JSON.stringify(data)];
}

function expected({ type, subject }: Attributes, isDead: boolean, name: FunctionName): number {
  const isTick = type === 'dev.knative.sources.ping' && name === 'iterate';
  const isAboutExperiment = /\/experiments\/[^/]+$/.test(subject ?? '');
  return isDead || isTick || isAboutExperiment ? 204 : 422;
}

for (const file of files) {
  captured(`${file} is answered rightly by each function, in both modes`, async () => {
    const { headers, body, event } = read(file);
    const isStructured = headers['content-type'] === STRUCTURED;
    const isDead = 'knativebrokerttl' in event;
    for (const name of FUNCTIONS) {
      const running = processes.get(name)!;
      stub.asked.length = 0;
      running.child.stdout.length = 0;
      const status = expected(event, isDead, name);
      const other = inOtherMode(event, isStructured);
      assert.is((await post(running.url, headers, body)).status, status, name);
      assert.is((await post(running.url, ...other)).status, status, name);
      const letters = (entries: LogEntry[]): LogEntry[] =>
        entries.filter(({ message }) => message === 'dead letter');
      if (isDead) await logsWhen(running, (entries) => letters(entries).length === 2);
      else assert.is(letters(running.logs()).length, 0);
      assert.is(stub.asked.length, status === 204 && !isDead ? 2 : 0, 'one look per event');
    }
  });
}

captured.run();
