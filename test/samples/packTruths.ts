// What the Metrics of the packs have to find, from the book of the server that they are read from.
import { EDGES_MS, PARTS, POD, type Asked } from './modelOutcomes.ts';

/** What is true of a Metric. A `Count` and a `Speed` grow with the length of the window. */
export type Truth =
  | { kind: 'Count' | 'Speed' | 'Number'; value: number }
  | { kind: 'Share'; events: number; trials: number }
  | { kind: 'Mean'; values: number[]; count: number }
  | { kind: 'Percentile'; values: number[]; percent: number; edges: readonly number[] };

type Book = readonly Asked[];
type TruthOf = (book: Book, seconds: number) => Truth;

const count =
  (value: (asked: Asked) => number): TruthOf =>
  (book) => ({ kind: 'Count', value: sum(book.map(value)) });

const speed =
  (value: (asked: Asked) => number): TruthOf =>
  (book, seconds) => ({ kind: 'Speed', value: sum(book.map(value)) / seconds });

const number =
  (value: number): TruthOf =>
  () => ({ kind: 'Number', value });

const share =
  (isEvent: (asked: Asked) => boolean): TruthOf =>
  (book) => ({ kind: 'Share', events: book.filter(isEvent).length, trials: book.length });

const mean =
  (value: (asked: Asked) => number | undefined): TruthOf =>
  (book) => {
    const values = book.map(value).filter((one) => one !== undefined);
    return { kind: 'Mean', values, count: values.length };
  };

const percentile =
  (percent: number, value: (asked: Asked) => number, edges: readonly number[]): TruthOf =>
  (book) => ({ kind: 'Percentile', values: book.map(value), percent, edges });

const latency = ({ latencyMs }: Asked): number => latencyMs;

const partOf =
  (part: keyof typeof PARTS): ((asked: Asked) => number) =>
  ({ latencyMs }) =>
    latencyMs * PARTS[part];

/** All of them added up. */
export function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}

const isError = ({ status }: Asked): boolean => status >= 500;

/** By the name of the Metric. */
export const TRUTHS: Readonly<Record<string, TruthOf>> = {
  'istio-request-count': count(() => 1),
  'istio-error-count': count((asked) => (isError(asked) ? 1 : 0)),
  'istio-error-rate': share(isError),
  'istio-mean-latency': mean(latency),
  'istio-95th-percentile-latency': percentile(95, latency, EDGES_MS.istio),

  'kserve-prediction-count': count(() => 1),
  'kserve-mean-predict-latency': mean(partOf('predict')),
  'kserve-95th-percentile-predict-latency': percentile(95, partOf('predict'), EDGES_MS.kserve),
  'kserve-mean-preprocess-latency': mean(partOf('preprocess')),
  'kserve-mean-postprocess-latency': mean(partOf('postprocess')),
  'kserve-mean-explain-latency': mean(partOf('explain')),

  'vllm-request-count': count(() => 1),
  'vllm-mean-time-to-first-token': mean(partOf('firstToken')),
  'vllm-95th-percentile-time-to-first-token': percentile(
    95,
    partOf('firstToken'),
    EDGES_MS.firstToken,
  ),
  'vllm-99th-percentile-time-to-first-token': percentile(
    99,
    partOf('firstToken'),
    EDGES_MS.firstToken,
  ),
  'vllm-mean-inter-token-latency': mean(partOf('interToken')),
  'vllm-95th-percentile-inter-token-latency': percentile(95, partOf('interToken'), EDGES_MS.token),
  'vllm-99th-percentile-inter-token-latency': percentile(99, partOf('interToken'), EDGES_MS.token),
  'vllm-95th-percentile-time-per-output-token': percentile(95, partOf('perToken'), EDGES_MS.token),
  'vllm-mean-end-to-end-latency': mean(partOf('endToEnd')),
  'vllm-95th-percentile-end-to-end-latency': percentile(95, partOf('endToEnd'), EDGES_MS.endToEnd),
  'vllm-99th-percentile-end-to-end-latency': percentile(99, partOf('endToEnd'), EDGES_MS.endToEnd),
  'vllm-tokens-per-second': speed(({ tokens }) => tokens),
  'vllm-error-rate': share(({ finishedReason }) => finishedReason === 'error'),
  'vllm-repetition-rate': share(({ finishedReason }) => finishedReason === 'repetition'),
  'vllm-abort-rate': share(({ finishedReason }) => finishedReason === 'abort'),
  'vllm-kv-cache-usage': number(POD.kvCacheUsage),
  'vllm-requests-waiting': number(POD.waiting),

  'system-cpu-usage': speed(({ cpuSeconds }) => cpuSeconds),
  'system-cpu-utilization': speed(({ cpuSeconds }) => cpuSeconds / POD.coresLimit),
  'system-cpu-throttling': share(({ isThrottled }) => isThrottled),
  'system-memory-working-set': number(POD.workingSetBytes),
  'system-memory-utilization': number(POD.workingSetBytes / POD.memoryLimitBytes),
  'system-network-receive-bytes': count(({ receivedBytes }) => receivedBytes),
  'system-network-transmit-bytes': count(({ sentBytes }) => sentBytes),
  'system-container-restarts': count(({ restarts }) => restarts),

  'ml-accuracy': share(({ isCorrect }) => isCorrect),
  'ml-class-share': share((asked) => asked.class === 'spam'),
  'ml-low-confidence-share': share(({ confidence }) => confidence === 'low'),
  'ml-mean-score': mean(({ score }) => score),

  'business-conversion-rate': share(({ orderValue }) => orderValue !== undefined),
  'business-revenue-per-visit': mean(({ orderValue = 0 }) => orderValue),
  'business-average-order-value': mean(({ orderValue }) => orderValue),
};
