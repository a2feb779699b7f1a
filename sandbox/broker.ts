import type { IncomingMessage } from 'node:http';
import { HTTP, type CloudEvent } from 'cloudevents';
import {
  eventHeaders,
  isBinaryEvent,
  isTaken,
  post,
  withRetries,
  type Answer,
  type Message,
} from './delivery.ts';
import { sendWithFaults, type FaultSource } from './faults.ts';
import { readText, startServer, type LocalServer } from './http.ts';
import { seededRandom } from './random.ts';
import { isMatch, type Address, type Trigger } from './triggers.ts';

/** One delivery as it ended: `status` is the last answer's, 0 where there was none. */
export interface DeliveryReport {
  trigger: string;
  id: string;
  type: string;
  attempts: number;
  status: number;
}

/** A Broker; events are POSTed to `url`. */
export interface Broker extends LocalServer {
  /** Events that no retry could deliver, as a dead letter sink would receive them. */
  readonly deadLetters: readonly Message[];
}

/** What a Broker is made from. */
export interface BrokerOptions {
  triggers: readonly Trigger[];
  /** URLs by Knative Service name; called anew for each delivery. Dead letter sinks may lack one. */
  resolve: (service: string) => string | undefined;
  /** true: a sender waits for every delivery, as over an in-memory channel (the default). */
  isSynchronous?: boolean;
  faults?: FaultSource;
  seed?: number;
  onDelivery?: (report: DeliveryReport) => void;
}

const MAX_HOPS = 255;
const BAD_GATEWAY = 502;
/** Knative puts no more than this of a subscriber's answer into a dead letter. */
const ERROR_DATA_BYTES = 1024;

/** What one running Broker shares between its functions. */
interface Context extends BrokerOptions {
  deadLetters: Message[];
  signal: AbortSignal;
  random: () => number;
}

/**
 * Starts a Broker: at least once, unordered, with the retry rules of each Trigger. Throws where a
 * subscriber is a Service without a URL.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  for (const { name, subscriber } of options.triggers) {
    if (urlOf(options, subscriber) === undefined) {
      throw new Error(`Trigger ${name}: nothing is known as ${subscriber.name}`);
    }
  }
  const stopper = new AbortController();
  const deadLetters: Message[] = [];
  const random = seededRandom(options.seed ?? 1);
  const context = { ...options, deadLetters, random, signal: stopper.signal };
  const server = await startServer((request, response) => {
    const end = (status: number): void => void response.writeHead(status).end();
    readMessage(request)
      .then(async (message) => (message === undefined ? 400 : await accept(context, message)))
      .then(end, () => {
        end(500);
      });
  });
  const stop = (): Promise<void> => {
    stopper.abort();
    return server.stop();
  };
  return { url: server.url, deadLetters, stop };
}

async function accept(context: Context, message: Message): Promise<number> {
  const work = spread(context, message, MAX_HOPS);
  if (context.isSynchronous ?? true) return (await work) ? 202 : 500;
  void work;
  return 202;
}

/** The event in binary mode, or undefined where the request carries none. */
async function readMessage(request: IncomingMessage): Promise<Message | undefined> {
  const headers = request.headers as Record<string, string>;
  const body = await readText(request);
  if (!headers['content-type']?.startsWith('application/cloudevents')) {
    return isBinaryEvent(headers) ? { headers: eventHeaders(headers), body } : undefined;
  }
  try {
    const binary = HTTP.binary(HTTP.toEvent({ headers, body }) as CloudEvent);
    return {
      headers: binary.headers as Record<string, string>,
      body: (binary.body as string | undefined) ?? '',
    };
  } catch {
    return undefined;
  }
}

/** Delivers to every Trigger that wants it; false where an event neither arrived nor was buried. */
async function spread(context: Context, message: Message, hops: number): Promise<boolean> {
  const headers = { ...message.headers, 'ce-knativearrivaltime': new Date().toISOString() };
  const stamped = { ...message, headers };
  const wanted = context.triggers.filter(({ filter }) => isMatch(filter, headers));
  const results = wanted.map(async (trigger) => {
    let isSettled = true;
    const sendOne = async (): Promise<void> => {
      isSettled = (await deliver(context, trigger, { message: stamped, hops })) && isSettled;
    };
    await sendWithFaults(sendOne, context.faults ?? {}, context.random);
    return isSettled;
  });
  return (await Promise.all(results)).every(Boolean);
}

interface Parcel {
  message: Message;
  hops: number;
}

async function deliver(context: Context, trigger: Trigger, parcel: Parcel): Promise<boolean> {
  const { message, hops } = parcel;
  const { rule } = trigger.delivery;
  const url = urlOf(context, trigger.subscriber) ?? '';
  const headers = { ...message.headers, prefer: 'reply', 'kn-namespace': trigger.namespace };
  const limits = { timeoutMs: rule.timeoutMs, signal: context.signal };
  const send = async (): Promise<Answer> =>
    refuseForeignBody(await post(url, { ...message, headers }, limits));
  const answer = await withRetries(send, rule, context.signal);
  report(context, trigger, { message, answer });
  if (!isTaken(answer.status)) return bury(context, trigger, { parcel, answer, url });
  if (!isBinaryEvent(answer.headers) || hops <= 1) return true;
  const reply = { headers: eventHeaders(answer.headers), body: answer.body };
  return spread(context, reply, hops - 1);
}

function report(
  { onDelivery }: Context,
  { name }: Trigger,
  { message, answer }: { message: Message; answer: Answer & { attempts: number } },
): void {
  const { 'ce-id': id = '', 'ce-type': type = '' } = message.headers;
  const { attempts, status } = answer;
  onDelivery?.({ trigger: name, id, type, attempts, status });
}

/** A success with a body that is no CloudEvent counts as a failure of the gateway. */
function refuseForeignBody(answer: Answer): Answer {
  const isForeign = isTaken(answer.status) && answer.body !== '' && !isBinaryEvent(answer.headers);
  return isForeign ? { status: BAD_GATEWAY, headers: {}, body: '' } : answer;
}

/** Hands an event to its dead letter sink; false where there is none or it refuses. */
async function bury(
  context: Context,
  { delivery: { deadLetterSink, rule } }: Trigger,
  { parcel, answer, url }: { parcel: Parcel; answer: Answer; url: string },
): Promise<boolean> {
  if (deadLetterSink === undefined || context.signal.aborted) return false;
  const data = Buffer.from(answer.body).subarray(0, ERROR_DATA_BYTES).toString('base64');
  const errors = {
    'ce-knativeerrordest': `${url}/`,
    'ce-knativeerrorcode': String(answer.status),
    'ce-knativeerrordata': data,
  };
  const headers = {
    ...parcel.message.headers,
    'ce-knativebrokerttl': String(parcel.hops),
    ...(answer.status !== 0 && errors),
  };
  const letter = { ...parcel.message, headers };
  context.deadLetters.push(letter);
  const sink = urlOf(context, deadLetterSink);
  if (sink === undefined) return true;
  const { status } = await withRetries(() => post(sink, letter), rule, context.signal);
  return isTaken(status);
}

function urlOf({ resolve }: BrokerOptions, { name, uri }: Address): string | undefined {
  const base = name === undefined ? undefined : resolve(name);
  if (uri === undefined) return base;
  return URL.canParse(uri, base) ? new URL(uri, base).href : undefined;
}
