// A server that exposes what the packs read, of several versions, and keeps a book of what it was asked.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { startServer, type LocalServer } from '../../sandbox/http.ts';
import { EDGES_MS, outcomeOf, PARTS, POD, REASONS, type Asked } from './modelOutcomes.ts';

/** A version: a revision of Knative, or a Deployment of the same name. */
export type Version = { revision: string; isKnative: boolean; failEvery: number };

/** The server; `bringUp` makes a version's pods appear, `ask` sends it requests. */
export interface ModelMetrics extends LocalServer {
  bringUp: (version: Version) => void;
  ask: (version: Version, times: number) => Promise<void>;
  /** What a version was asked so far, by the server's own book. */
  asked: (version: Version) => readonly Asked[];
  scrapes: () => number;
}

/** Starts the server: `POST /REVISION` is a request, `GET /metrics` is what Prometheus scrapes. */
export async function startModelMetrics(): Promise<ModelMetrics> {
  const registry = new Registry();
  const players = [istio, kserve, vllm, ml, business, system].map((play) => play(registry));
  const books = new Map<string, { version: Version; asked: Asked[] }>();
  let scrapes = 0;
  const answer = (revision: string): void => {
    const { version, asked } = books.get(revision)!;
    const outcome = outcomeOf(asked.length, version.failEvery);
    asked.push(outcome);
    for (const { record } of players) record(version, outcome);
  };
  const server = await startServer((request, response) => {
    if (request.url === '/metrics') {
      scrapes += 1;
      void registry.metrics().then((text) => response.end(text));
      return;
    }
    answer(request.url!.slice(1));
    response.end();
  });
  return {
    ...server,
    bringUp: (version) => {
      books.set(version.revision, { version, asked: [] });
      for (const { bringUp } of players) bringUp?.(version);
    },
    ask: async ({ revision }, times) => {
      for (let time = 0; time < times; time += 1) {
        await fetch(`${server.url}/${revision}`, { method: 'POST' });
      }
    },
    asked: ({ revision }) => [...(books.get(revision)?.asked ?? [])],
    scrapes: () => scrapes,
  };
}

/** How a pack's metrics come about; without `bringUp` a version has none before its first request. */
type Player = {
  bringUp?: (version: Version) => void;
  record: (version: Version, asked: Asked) => void;
};

const NAMESPACE = 'models';
const seconds = (edges: readonly number[]): number[] => edges.map((edge) => edge / 1000);

function workloadOf({ revision, isKnative }: Version): string {
  return isKnative ? `${revision}-deployment` : revision;
}

/** Instruments in a registry whose series all have the same labels, and some have more. */
function instrumentsIn(registry: Registry, labels: readonly string[]) {
  const describe = (name: string, more: readonly string[]) => ({
    name,
    help: name,
    labelNames: [...labels, ...more],
    registers: [registry],
  });
  return {
    counter: (name: string, ...more: string[]) => new Counter(describe(name, more)),
    gauge: (name: string, ...more: string[]) => new Gauge(describe(name, more)),
    histogram: (name: string, buckets: readonly number[]) =>
      new Histogram({ ...describe(name, []), buckets: [...buckets] }),
  };
}

function istio(registry: Registry): Player {
  const labels = [
    'reporter',
    'destination_workload',
    'destination_workload_namespace',
    'response_code',
  ];
  const { counter, histogram } = instrumentsIn(registry, labels);
  const requests = counter('istio_requests_total');
  const duration = histogram('istio_request_duration_milliseconds', EDGES_MS.istio);
  return {
    record: (version, { status, latencyMs }) => {
      for (const reporter of ['destination', 'source']) {
        const own = {
          reporter,
          destination_workload: workloadOf(version),
          destination_workload_namespace: NAMESPACE,
          response_code: `${status}`,
        };
        requests.inc(own);
        duration.observe(own, latencyMs);
      }
    },
  };
}

function byRevision({ revision }: Version): Record<string, string> {
  return { namespace: NAMESPACE, revision_name: revision };
}

function kserve(registry: Registry): Player {
  const { histogram } = instrumentsIn(registry, ['model_name', 'namespace', 'revision_name']);
  const steps = (['predict', 'preprocess', 'postprocess', 'explain'] as const).map((step) => ({
    duration: histogram(`request_${step}_seconds`, seconds(EDGES_MS.kserve)),
    part: PARTS[step],
  }));
  return {
    record: (version, { latencyMs }) => {
      const own = { model_name: 'iris', ...byRevision(version) };
      for (const { duration, part } of steps) duration.observe(own, (latencyMs * part) / 1000);
    },
  };
}

const LATENCIES_OF_VLLM = [
  ['vllm:time_to_first_token_seconds', EDGES_MS.firstToken, 'firstToken'],
  ['vllm:inter_token_latency_seconds', EDGES_MS.token, 'interToken'],
  ['vllm:request_time_per_output_token_seconds', EDGES_MS.token, 'perToken'],
  ['vllm:e2e_request_latency_seconds', EDGES_MS.endToEnd, 'endToEnd'],
] as const;

function vllm(registry: Registry): Player {
  const names = ['model_name', 'engine', 'namespace', 'llm_isvc_name'];
  const { counter, gauge, histogram } = instrumentsIn(registry, names);
  const labelsOf = ({ revision }: Version): Record<string, string> => ({
    model_name: 'llama',
    engine: '0',
    namespace: NAMESPACE,
    llm_isvc_name: revision,
  });
  const ended = counter('vllm:request_success_total', 'finished_reason');
  const tokens = counter('vllm:generation_tokens_total');
  const cache = gauge('vllm:kv_cache_usage_perc');
  const waiting = gauge('vllm:num_requests_waiting');
  const latencies = LATENCIES_OF_VLLM.map(([name, edges, part]) => ({
    duration: histogram(name, seconds(edges)),
    part: PARTS[part],
  }));
  return {
    bringUp: (version) => {
      const own = labelsOf(version);
      for (const reason of REASONS) ended.inc({ ...own, finished_reason: reason }, 0);
      tokens.inc(own, 0);
      for (const { duration } of latencies) duration.zero(own);
      cache.set(own, POD.kvCacheUsage);
      waiting.set(own, POD.waiting);
    },
    record: (version, asked) => {
      const own = labelsOf(version);
      ended.inc({ ...own, finished_reason: asked.finishedReason });
      tokens.inc(own, asked.tokens);
      for (const { duration, part } of latencies) {
        duration.observe(own, (asked.latencyMs * part) / 1000);
      }
    },
  };
}

function ml(registry: Registry): Player {
  const { counter } = instrumentsIn(registry, ['namespace', 'revision_name']);
  const feedback = counter('model_feedback_total', 'outcome');
  const predictions = counter('model_predictions_total', 'class', 'confidence');
  const scores = counter('model_score_sum');
  const squares = counter('model_score_squares_total');
  const scored = counter('model_score_count');
  return {
    record: (version, asked) => {
      const own = byRevision(version);
      feedback.inc({ ...own, outcome: asked.isCorrect ? 'correct' : 'wrong' });
      predictions.inc({ ...own, class: asked.class, confidence: asked.confidence });
      scores.inc(own, asked.score);
      squares.inc(own, asked.score ** 2);
      scored.inc(own);
    },
  };
}

function business(registry: Registry): Player {
  const { counter } = instrumentsIn(registry, ['namespace', 'revision_name']);
  const visits = counter('visits_total');
  const conversions = counter('conversions_total');
  const revenue = counter('order_value_sum');
  const squares = counter('order_value_squares_total');
  const orders = counter('order_value_count');
  return {
    bringUp: (version) => {
      const own = byRevision(version);
      for (const one of [visits, conversions, revenue, squares, orders]) one.inc(own, 0);
    },
    record: (version, { orderValue }) => {
      const own = byRevision(version);
      visits.inc(own);
      if (orderValue === undefined) return;
      for (const one of [conversions, orders]) one.inc(own);
      revenue.inc(own, orderValue);
      squares.inc(own, orderValue ** 2);
    },
  };
}

function system(registry: Registry): Player {
  const { counter, gauge } = instrumentsIn(registry, ['namespace', 'pod']);
  const cpu = counter('container_cpu_usage_seconds_total', 'container');
  const periods = counter('container_cpu_cfs_periods_total', 'container');
  const throttled = counter('container_cpu_cfs_throttled_periods_total', 'container');
  const memory = gauge('container_memory_working_set_bytes', 'container');
  const received = counter('container_network_receive_bytes_total', 'interface');
  const sent = counter('container_network_transmit_bytes_total', 'interface');
  const limits = gauge('kube_pod_container_resource_limits', 'container', 'resource');
  const restarts = counter('kube_pod_container_status_restarts_total', 'container');
  const podOf = (version: Version): Record<string, string> => ({
    namespace: NAMESPACE,
    pod: `${workloadOf(version)}-6f7c8d9b5-x7k2p`,
  });
  const record = (pod: Record<string, string>, asked: Partial<Asked>): void => {
    const own = { ...pod, container: 'kserve-container' };
    // The kubelet also tells of the pod as a whole, and of the container that holds its network.
    for (const container of ['kserve-container', '', 'POD']) {
      cpu.inc({ ...pod, container }, asked.cpuSeconds ?? 0);
      memory.set({ ...pod, container }, POD.workingSetBytes * (container === '' ? 2 : 1));
    }
    periods.inc(own, asked.cpuSeconds === undefined ? 0 : 1);
    throttled.inc(own, asked.isThrottled ? 1 : 0);
    received.inc({ ...pod, interface: 'eth0' }, asked.receivedBytes ?? 0);
    sent.inc({ ...pod, interface: 'eth0' }, asked.sentBytes ?? 0);
    restarts.inc(own, asked.restarts ?? 0);
  };
  return {
    bringUp: (version) => {
      const own = { ...podOf(version), container: 'kserve-container' };
      limits.set({ ...own, resource: 'cpu' }, POD.coresLimit);
      limits.set({ ...own, resource: 'memory' }, POD.memoryLimitBytes);
      record(podOf(version), {});
    },
    record: (version, asked) => {
      record(podOf(version), asked);
    },
  };
}
