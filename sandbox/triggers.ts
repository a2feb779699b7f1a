import { isRetriedByBroker, type RetryRule } from './delivery.ts';
import type { KubeObject } from './kube.ts';

/** Where events go: the name of a Knative Service, or a URI, or a URI relative to the Service. */
export interface Address {
  name?: string;
  uri?: string;
}

/** How a Broker delivers to one subscriber. */
export interface Delivery {
  rule: RetryRule;
  deadLetterSink?: Address;
}

/** One Trigger: events whose attributes equal `filter` go to the subscriber. */
export interface Trigger {
  name: string;
  namespace: string;
  filter: Record<string, string>;
  subscriber: Address;
  delivery: Delivery;
}

interface AddressSpec {
  ref?: { name: string };
  uri?: string;
}

interface DeliverySpec {
  retry?: number;
  backoffPolicy?: 'linear' | 'exponential';
  backoffDelay?: string;
  timeout?: string;
  deadLetterSink?: AddressSpec;
}

interface TriggerSpec {
  broker: string;
  filter?: { attributes?: Record<string, string> };
  filters?: Record<string, Record<string, string>>[];
  subscriber: AddressSpec;
  delivery?: DeliverySpec;
}

const DURATION = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;

/**
 * The Triggers of one Broker among these manifests. A Trigger's delivery spec replaces the Broker's
 * entirely; without either, 10 retries from 0.2 s on. Throws on a filter that is not `exact`.
 */
export function readTriggers(manifests: readonly KubeObject[], broker: KubeObject): Trigger[] {
  const { delivery = {} } = (broker['spec'] ?? {}) as { delivery?: DeliverySpec };
  return manifests
    .filter(({ kind, metadata }) => kind === 'Trigger' && isSibling(metadata, broker))
    .map(({ metadata, spec }) => ({ metadata, spec: spec as TriggerSpec }))
    .filter(({ spec }) => spec.broker === broker.metadata.name)
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      filter: readFilter(metadata.name, spec),
      subscriber: readAddress(spec.subscriber),
      delivery: readDelivery(spec.delivery ?? delivery),
    }));
}

function isSibling({ namespace }: KubeObject['metadata'], broker: KubeObject): boolean {
  return namespace === broker.metadata.namespace;
}

function readFilter(name: string, { filter, filters }: TriggerSpec): Record<string, string> {
  if (filters === undefined) return filter?.attributes ?? {};
  const others = filters.flatMap((dialects) => Object.keys(dialects)).filter((d) => d !== 'exact');
  if (others.length > 0) throw new Error(`Trigger ${name}: filter ${others[0]} is not played here`);
  return Object.assign({}, ...filters.map(({ exact }) => exact)) as Record<string, string>;
}

function readAddress({ ref, uri }: AddressSpec): Address {
  return { name: ref?.name, uri };
}

function readDelivery(spec: DeliverySpec): Delivery {
  const isDefault = Object.keys(spec).length === 0;
  const baseMs = readDurationMs(spec.backoffDelay ?? 'PT0.2S');
  const isLinear = spec.backoffPolicy === 'linear';
  return {
    rule: {
      retries: spec.retry ?? (isDefault ? 10 : 0),
      timeoutMs: spec.timeout === undefined ? undefined : readDurationMs(spec.timeout),
      delayMs: (attempt) => baseMs * (isLinear ? attempt : 2 ** attempt),
      isRetried: isRetriedByBroker,
    },
    deadLetterSink: spec.deadLetterSink && readAddress(spec.deadLetterSink),
  };
}

/** Milliseconds of an ISO 8601 duration of hours, minutes and seconds; throws on anything else. */
export function readDurationMs(text: string): number {
  const match = DURATION.exec(text);
  if (match === null || text === 'PT') throw new Error(`${text} is no duration such as PT1.5S`);
  const [, hours = 0, minutes = 0, seconds = 0] = match;
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000);
}

/** Whether an event with these headers passes a filter; an empty value asks for presence only. */
export function isMatch(filter: Record<string, string>, headers: Record<string, string>): boolean {
  return Object.entries(filter).every(([attribute, wanted]) => {
    const value = headers[`ce-${attribute}`];
    return wanted === '' ? value !== undefined : value === wanted;
  });
}
