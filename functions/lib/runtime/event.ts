import type { Experiment } from '../types/experiment.gen.ts';

/** An event that can never work: malformed, or of a kind that this function does not know. */
export class EventRefused extends Error {
  /** The HTTP status of the answer: 400 for what is no event, 422 for one that leads nowhere. */
  readonly code: 400 | 422;

  constructor(code: 400 | 422, message: string) {
    super(message);
    this.name = 'EventRefused';
    this.code = code;
  }
}

/** The attributes of a CloudEvent that the functions look at. */
export type Received = {
  id: string;
  type: string;
  subject?: string;
  /** Extensions. */
  [attribute: string]: unknown;
};

/** An experiment that an event is about. The uid is known where our own sweep sent the event. */
export type Subject = { namespace: string; name: string; uid?: string | undefined };

/**
 * What the runtime passed on, as an event. The runtime hands over the raw body where a request is
 * no well-formed CloudEvent; a plain body that looks like one is not taken for it.
 */
export function asEvent(received: unknown): Received {
  // Not received.constructor: a body may have a field of that name.
  const kind = received instanceof Object ? (Object.getPrototypeOf(received) as object) : {};
  if (kind.constructor.name === 'CloudEvent') return received as Received;
  throw new EventRefused(
    400,
    'expected a CloudEvent over HTTP, with the headers ce-id, ce-source, ce-specversion and ce-type, or as application/cloudevents+json',
  );
}

const SUBJECT =
  /(?:^|\/)namespaces\/([a-z0-9][a-z0-9.-]{0,252})\/experiments\/([a-z0-9][a-z0-9.-]{0,252})$/;

/** The experiment in an event's subject. Throws {@link EventRefused} where there is none. */
export function subjectOf(event: Received): Subject {
  const [, namespace, name] = SUBJECT.exec(event.subject ?? '') ?? [];
  if (namespace && name) {
    const { experimentuid: uid } = event;
    return { namespace, name, uid: typeof uid === 'string' ? uid : undefined };
  }
  throw new EventRefused(
    422,
    `event ${event.id} of type ${event.type}: its subject names no experiment; expected ".../namespaces/NAMESPACE/experiments/NAME"`,
  );
}

/** Whether an experiment is the one that an event is about, and not a later one of the same name. */
export function isAbout({ metadata }: Experiment, { uid }: Subject): boolean {
  return uid === undefined || uid === metadata.uid;
}

/** What the Triggers give each function. */
const OWN_TYPES: Readonly<Record<string, readonly string[]>> = {
  start: [
    'dev.knative.apiserver.resource.add',
    'dev.knative.apiserver.resource.update',
    'tools.iter8.experiment.start',
  ],
  iterate: ['dev.knative.sources.ping', 'tools.iter8.experiment.iterate'],
  finish: ['dev.knative.apiserver.resource.add', 'tools.iter8.experiment.finish'],
};

/**
 * Whether an event was refused elsewhere and comes to this function from a Trigger's dead letter
 * sink. A Broker may say why; at the least its hop counter is still on it. Some Brokers leave that on
 * ordinary deliveries too, so alone it counts only on events that are another function's.
 */
export function isDeadLetter(event: Received, functionName: string): boolean {
  const { knativeerrordest, knativeerrorcode, knativebrokerttl, type } = event;
  if (knativeerrordest !== undefined || knativeerrorcode !== undefined) return true;
  const isOwn = OWN_TYPES[functionName]?.includes(type) ?? false;
  return knativebrokerttl !== undefined && !isOwn;
}
