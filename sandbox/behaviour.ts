import type { Random } from './random.ts';

/** How a model answers: its mean latency and the share (0..1) of requests it fails. */
export interface Manner {
  meanMs: number;
  errorShare: number;
}

/** What a model is like; `late` is how it answers once it has gone bad. */
export interface Behaviour extends Manner {
  ready: boolean;
  late?: Manner & { afterMs: number; afterRequests: number };
}

/** How long a model has served: counted from its first request. */
export interface Age {
  ms: number;
  requests: number;
}

const GOOD: Manner = { meanMs: 10, errorShare: 0 };
/** Spread of the logarithm of the latency: the 95th percentile is about 1.6 times the mean. */
const LATENCY_SIGMA = 0.3;

const DEFAULTS: Record<string, Manner & { ready: boolean }> = {
  good: { ...GOOD, ready: true },
  faulty: { ...GOOD, errorShare: 0.2, ready: true },
  slow: { ...GOOD, meanMs: 400, ready: true },
  late: { ...GOOD, errorShare: 0.5, ready: true },
  unready: { ...GOOD, ready: false },
};

/**
 * Reads a storage URI `sandbox://KIND?ms=..&errors=..`, KIND being good, faulty, slow, late or
 * unready. `late` takes `after=20s` or `requests=100`, and goes bad then. Any other storage URI is
 * a good model. Throws where the kind, a parameter or a value is not one of these.
 */
export function parseBehaviour(storageUri: string): Behaviour {
  if (!storageUri.startsWith('sandbox://')) return { ...GOOD, ready: true };
  const url = new URL(storageUri);
  const defaults = DEFAULTS[url.host];
  if (defaults === undefined) throw new Error(`${storageUri}: no behaviour is called ${url.host}`);
  const parameters = readParameters(storageUri, url);
  const manner = {
    meanMs: parameters['ms'] ?? defaults.meanMs,
    errorShare: parameters['errors'] ?? defaults.errorShare,
  };
  if (url.host !== 'late') return { ...manner, ready: defaults.ready };
  const { after = Infinity, requests = Infinity } = parameters;
  const fallback = after === Infinity && requests === Infinity ? 20 : after;
  const late = { ...manner, afterMs: fallback * 1000, afterRequests: requests };
  return { ...GOOD, ready: true, late };
}

function readParameters(storageUri: string, url: URL): Record<string, number> {
  const known = ['ms', 'errors', ...(url.host === 'late' ? ['after', 'requests'] : [])];
  const entries = [...url.searchParams].map(([name, text]): [string, number] => {
    const value = Number(name === 'after' ? text.replace(/s$/, '') : text);
    if (!known.includes(name) || text === '' || !(value >= 0)) {
      throw new Error(`${storageUri}: ${name}=${text} is not understood`);
    }
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** Draws the answer to one request: latency is log-normal with the manner's mean. */
export function drawAnswer(
  behaviour: Behaviour,
  age: Age,
  random: Random,
): { status: 200 | 500; delayMs: number } {
  const { late } = behaviour;
  const isLate =
    late !== undefined && (age.ms >= late.afterMs || age.requests >= late.afterRequests);
  const manner = isLate ? late : behaviour;
  const status = random() < manner.errorShare ? 500 : 200;
  const exponent = LATENCY_SIGMA * drawNormal(random) - LATENCY_SIGMA ** 2 / 2;
  return { status, delayMs: manner.meanMs * Math.exp(exponent) };
}

/** Box-Muller. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
