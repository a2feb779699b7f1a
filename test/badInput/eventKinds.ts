// Kinds of bad events, and of requests that are none.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { reference } from '../shared.ts';
import type { Sending } from './http.ts';
import { TRAPS } from './mutations.ts';

/** A kind of bad events, in all its ways. */
export type EventKind = { name: string; sendings: fc.Arbitrary<Sending> };

/** An event: its attributes, extensions among them, and its data. */
export type Event = { data?: unknown; [attribute: string]: unknown };

export const STRUCTURED = 'application/cloudevents+json';

/** An event about an experiment, as the API server source sends it. */
export const ADDED: Event = {
  specversion: '1.0',
  id: '7a0a2c6b-5f43-4f3c-8a39-0d2d1b1c3f11',
  source: 'https://10.96.0.1:443',
  type: 'dev.knative.apiserver.resource.add',
  subject: '/apis/iter8.tools/v2alpha2/namespaces/team/experiments/exp',
  time: '2026-01-01T00:00:00.472015717Z',
  datacontenttype: 'application/json',
  apiversion: 'iter8.tools/v2alpha2',
  kind: 'Experiment',
  name: 'exp',
  namespace: 'team',
  data: { apiVersion: 'iter8.tools/v2alpha2', kind: 'Experiment', metadata: { name: 'exp' } },
};

const FILES = ['apiserversource-resource-add.json', 'via-broker-structured-resource-add.json'];

/** Events that were captured, where they are at hand, or one like them. */
const EVENTS: readonly Event[] = [...FILES.flatMap(captured), ADDED];

type Captured = { request: { headers: Record<string, string>; bodyJson: Event } };

function captured(file: string): Event[] {
  const path = reference(`events/${file}`);
  if (path === undefined) return [];
  const { headers, bodyJson } = (JSON.parse(readFileSync(path, 'utf8')) as Captured).request;
  if ('specversion' in bodyJson) return [bodyJson];
  const attributes = Object.entries(headers)
    .filter(([name]) => /^ce-/i.test(name))
    .map(([name, value]) => [name.slice('ce-'.length).toLowerCase(), value] as const);
  const event = Object.fromEntries<unknown>(attributes);
  return [{ ...event, datacontenttype: 'application/json', data: bodyJson }];
}

const events = fc.constantFrom(...EVENTS);

/** An event in the headers of a request. */
export function binary({
  data,
  datacontenttype = 'application/json',
  ...attributes
}: Event): Sending {
  const headers = Object.entries(attributes).map(
    ([name, value]) => [`ce-${name}`, String(value)] as const,
  );
  return {
    headers: [['content-type', String(datacontenttype)], ...headers],
    body: JSON.stringify(data ?? {}),
  };
}

/** An event in the body of a request. */
export function structured(event: unknown): Sending {
  return { headers: [['content-type', STRUCTURED]], body: JSON.stringify(event) };
}

function kind(name: string, sendings: fc.Arbitrary<Sending>): EventKind {
  return { name, sendings };
}

/** The kinds that differ from an event in one attribute. */
function attributeKinds(): EventKind[] {
  const attributes = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype'];
  return attributes.flatMap((name) => [
    ...Object.entries(HEADER_CHANGES).map(([what, values]) =>
      kind(`binary: ${name} ${what}`, changedHeaders(name, values)),
    ),
    ...Object.entries(FIELD_CHANGES).map(([what, values]) =>
      kind(
        `structured: ${name} ${what}`,
        fc.tuple(events, values).map(([event, value]) => structured({ ...event, [name]: value })),
      ),
    ),
  ]);
}

/** What stands in the place of one header: none, one or more. */
const HEADER_CHANGES: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
  missing: fc.constant([]),
  empty: fc.constant(['']),
  twice: fc.constantFrom(['one', 'other'], ['1.0', '1.0']),
  'in wrong percent-encoding': fc.constantFrom(
    ['%zz'],
    ['%'],
    ['%e2%28%a1'],
    ['a%00b'],
    ['%0d%0a'],
  ),
  'with characters outside of ASCII': fc.constantFrom(['ü'], ['模型'], ['\u0080']),
  'very long': fc.constant(['x'.repeat(8000)]),
  'like a trap of JavaScript': fc.constantFrom(...TRAPS.map((trap) => [trap])),
};

function changedHeaders(name: string, values: fc.Arbitrary<string[]>): fc.Arbitrary<Sending> {
  const header = name === 'datacontenttype' ? 'content-type' : `ce-${name}`;
  return fc.tuple(events, values).map(([event, next]) => {
    const sending = binary(event);
    const others = sending.headers.filter(([other]) => other !== header);
    return { ...sending, headers: [...others, ...next.map((value) => [header, value] as const)] };
  });
}

const FIELD_CHANGES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  missing: fc.constant(undefined),
  null: fc.constant(null),
  empty: fc.constant(''),
  'a number': fc.constantFrom(0, -1, 1e308, 0.5),
  'a boolean': fc.boolean(),
  'a list': fc.constantFrom([], ['a'], [['a']]),
  'an object': fc.constantFrom({}, { a: 1 }, { toString: null }, { length: 1 }),
  'very long': fc.constant('x'.repeat(100_000)),
  'a trap of JavaScript': fc.constantFrom(...TRAPS),
};

const experiment = '/apis/iter8.tools/v2alpha2/namespaces/team/experiments';
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'that climbs out of its namespace': [
    'namespaces/../../secrets/experiments/x',
    'namespaces/team/experiments/../../secrets/x',
    'namespaces/./experiments/.',
  ],
  'that climbs, encoded': [
    'namespaces/%2e%2e/experiments/exp',
    'namespaces/team/experiments/%2e%2e%2fsecrets',
    'namespaces/team/experiments/%252e%252e',
  ],
  'of another resource': [
    '/api/v1/namespaces/team/secrets/token',
    '/apis/iter8.tools/v2alpha2/namespaces/team/metrics/latency',
    '/api/v1/namespaces/team',
  ],
  'of a subresource': [`${experiment}/exp/status`, `${experiment}/exp/scale`],
  'with nothing in it': [`${experiment}/`, 'namespaces//experiments/exp', 'namespaces/experiments'],
  'with a query or a fragment': [`${experiment}/exp?watch=1`, `${experiment}/exp#a`],
  'with spaces or tabs': [`${experiment}/a b`, `${experiment}/exp%20`, `${experiment}/%09exp`],
  'with capitals': [`${experiment}/Exp`, '/apis/x/NAMESPACES/team/EXPERIMENTS/exp'],
  'with dots': [`${experiment}/a..b`, `${experiment}/a...`, 'namespaces/a./experiments/b.'],
  'too long': [`${experiment}/${'x'.repeat(300)}`, `namespaces/${'x'.repeat(300)}/experiments/x`],
  'of two experiments': [`${experiment}/a,${experiment}/b`, `${experiment}/a%0a${experiment}/b`],
  'with an address before it': ['http://169.254.169.254/namespaces/team/experiments/exp'],
  'with null bytes': [`${experiment}/exp%00.json`, '%00namespaces/team/experiments/exp'],
};

function subjectKinds(): EventKind[] {
  return Object.entries(SUBJECTS).map(([what, subjects]) =>
    kind(
      `subject ${what}`,
      fc
        .tuple(events, fc.constantFrom(...subjects), fc.boolean())
        .map(([event, subject, isBinary]) =>
          (isBinary ? binary : structured)({ ...event, subject }),
        ),
    ),
  );
}

const EXTENSIONS: Readonly<Record<string, readonly object[]>> = {
  'a uid of another experiment': [{ experimentuid: 'other' }, { experimentuid: '' }],
  'a uid that is no text': [{ experimentuid: 7 }, { experimentuid: {} }, { experimentuid: null }],
  'a run that is no number': [{ run: 'NaN' }, { run: -1 }, { run: [] }],
  'a dead letter by its code': [{ knativeerrorcode: '422' }, { knativeerrorcode: {} }],
  'a dead letter by its place': [{ knativeerrordest: 'http://x' }, { knativeerrordest: 0 }],
  'a dead letter without end': [{ knativeerrordata: 'x'.repeat(4000), knativeerrorcode: '500' }],
  'a hop counter': [
    { knativebrokerttl: '255' },
    { knativebrokerttl: -1 },
    { knativebrokerttl: {} },
  ],
  'a name in capitals': [{ ExperimentUid: 'x' }],
  'a name with other characters': [{ 'a-b': 'x' }, { 'a b': 'x' }, { ü: 'x' }],
  'a trap of JavaScript': TRAPS.map((trap) => Object.fromEntries([[trap, { polluted: true }]])),
  'a trap of JavaScript that hides the kind': [
    JSON.parse('{"__proto__":{"constructor":null}}') as object,
    JSON.parse('{"__proto__":null}') as object,
    { constructor: { name: 'Object' } },
  ],
  'another type': [{ type: 'com.example.thing' }, { type: 'dev.knative.sources.ping' }],
  'another version': [{ specversion: '0.3' }, { specversion: '2.0' }, { specversion: '1.0.0' }],
};

function extensionKinds(): EventKind[] {
  const inBody = Object.entries(EXTENSIONS).map(([what, changes]) =>
    kind(`structured: with ${what}`, changedBy(changes, structured)),
  );
  const inHeaders = Object.entries(EXTENSIONS)
    .filter(([what]) => !what.includes('other characters'))
    .map(([what, changes]) => kind(`binary: with ${what}`, changedBy(changes, binary)));
  return [...inBody, ...inHeaders];
}

function changedBy(
  changes: readonly object[],
  toSending: (event: Event) => Sending,
): fc.Arbitrary<Sending> {
  return fc
    .tuple(events, fc.constantFrom(...changes))
    .map(([event, change]) =>
      toSending(Object.fromEntries([...Object.entries(event), ...Object.entries(change)])),
    );
}

/** Everything about an event that can be wrong. */
export const EVENT_KINDS: readonly EventKind[] = [
  ...attributeKinds(),
  ...subjectKinds(),
  ...extensionKinds(),
];
