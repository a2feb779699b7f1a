// What requests to a model bring about, and what its pods are like.

/** Upper edges of the histograms' buckets, in the units of the metrics that read them. */
export const EDGES_MS = {
  istio: [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  kserve: [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
  firstToken: [1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1000, 2500, 5000],
  token: [10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2500],
  endToEnd: [300, 500, 800, 1000, 1500, 2000, 2500, 5000, 10_000],
};

/** How long each part of a request takes, as a share of its latency: no two are the same. */
export const PARTS = {
  predict: 0.8,
  preprocess: 0.1,
  postprocess: 0.05,
  explain: 2,
  firstToken: 0.4,
  interToken: 0.3,
  perToken: 0.2,
  endToEnd: 1.1,
};

/** What a version's pods are like whatever they are asked. */
export const POD = {
  coresLimit: 2,
  workingSetBytes: 100e6,
  memoryLimitBytes: 400e6,
  kvCacheUsage: 0.4,
  waiting: 3,
};

/** What one request brought about. */
export type Asked = Readonly<{
  status: number;
  latencyMs: number;
  finishedReason: string;
  tokens: number;
  isCorrect: boolean;
  class: string;
  confidence: 'low' | 'high';
  score: number;
  /** Undefined where nothing was ordered. */
  orderValue: number | undefined;
  cpuSeconds: number;
  receivedBytes: number;
  sentBytes: number;
  isThrottled: boolean;
  restarts: number;
}>;

const LATENCIES_MS = [4, 8, 20, 40, 80, 150, 320, 700, 1200, 3000];

/** How requests of a language model end. */
export const REASONS = ['abort', 'stop', 'error', 'stop', 'repetition', 'length', 'stop', 'stop'];

/** What the so-manieth request of a version brings about, of which every `failEvery`th fails. */
export function outcomeOf(number: number, failEvery: number): Asked {
  const latencyMs = LATENCIES_MS[number % LATENCIES_MS.length]!;
  return {
    status: number % failEvery === 0 ? 503 : 200,
    latencyMs,
    finishedReason: REASONS[number % REASONS.length]!,
    tokens: 10 + (number % 7),
    isCorrect: number % 4 !== 0,
    class: number % 3 === 0 ? 'spam' : 'ham',
    confidence: number % 8 === 0 ? 'low' : 'high',
    score: (number % 11) / 10,
    orderValue: number % 6 === 0 ? 10 + (number % 50) : undefined,
    cpuSeconds: 0.01,
    receivedBytes: 500,
    sentBytes: 2000,
    isThrottled: number % 9 === 0,
    restarts: number % 20 === 0 ? 1 : 0,
  };
}
