// A running experiment with everything around it: its objects, its metrics, and iterate itself.
import { after } from '../../functions/lib/experiment/time.ts';
import { STAGE_LABEL, TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import type {
  Condition,
  Experiment,
  ExperimentStatus,
  MetricInfo,
} from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { postEvent, startFunction, type FunctionProcess, type Reply } from '../process.ts';
import { startStub, type Answer, type Asked, type Stub } from '../stub-server.ts';
import { inferenceService } from '../targets/fake-objects.ts';
import { startApiServer, type ApiServer } from './api-server.ts';

/** Writes as {@link ApiServer.writes} lists them. */
export const STATUS = 'PUT experiments/exp/status';
export const SPLIT = 'PATCH inferenceservices/model';

type Found = Experiment & { status: ExperimentStatus };

export type Running = {
  api: ApiServer;
  backend: Stub;
  iterate: FunctionProcess;
  /** How the metrics backend answers from now on. */
  measure: (answer: (asked: Asked) => Answer) => void;
  /** Puts an experiment that is due, with 10 % for its candidate, and its target. */
  prepare: (status?: ExperimentStatus, percent?: number) => void;
  metric: (spec?: Partial<MetricSpec>) => MetricInfo;
  tell: () => Promise<Reply>;
  experiment: () => Found;
  percent: () => number | undefined;
  condition: (type: string) => Condition | undefined;
  /** Forgets objects and requests. */
  reset: () => void;
  stop: () => Promise<void>;
};

/** Starts all that, with more environment for iterate where a test needs it. */
export async function startRunning(environment: Record<string, string> = {}): Promise<Running> {
  let answer: (asked: Asked) => Answer = () => value('50');
  const api = await startApiServer();
  const backend = await startStub((asked) => answer(asked));
  const iterate = await startFunction('iterate', { KUBECONFIG: api.kubeconfig, ...environment });
  const metric = (spec?: Partial<MetricSpec>): MetricInfo => metricOf(backend.url, spec);
  const experiment = (): Found => api.get('Experiment', 'exp') as Found;
  return {
    ...{ api, backend, iterate, metric, experiment },
    measure: (next) => {
      answer = next;
    },
    prepare: (status = {}, percent = 10) => {
      api.put({ ...inferenceService({ percent }), kind: 'InferenceService' });
      api.put(dueExperiment({ metrics: [metric()], ...status }));
    },
    tell: () => postEvent(iterate.url, EVENT),
    percent: () =>
      (api.get('InferenceService', 'model') as Service).spec.predictor.canaryTrafficPercent,
    condition: (type) => experiment().status.conditions?.find((one) => one.type === type),
    reset: () => {
      api.reset();
      backend.asked.length = 0;
      answer = () => value('50');
      iterate.child.stdout.length = 0;
    },
    stop: async () => {
      await iterate.stop();
      await backend.stop();
      await api.stop();
    },
  };
}

const EVENT = {
  type: 'tools.iter8.experiment.iterate',
  subject: 'namespaces/team/experiments/exp',
};

type Service = { spec: { predictor: { canaryTrafficPercent?: number } } };

/** An answer of Prometheus with one value. */
export function value(text: string): Answer {
  const result = [{ metric: {}, value: [0, text] }];
  return { json: { status: 'success', data: { resultType: 'vector', result } } };
}

/** An answer for the candidate, and 50 for the baseline. */
export function forCandidate(answer: Answer): (asked: Asked) => Answer {
  return ({ query }) => (query.get('query')?.endsWith('00002') ? answer : value('50'));
}

function metricOf(server: string, spec: Partial<MetricSpec> = {}): MetricInfo {
  const usual: MetricSpec = {
    type: 'Gauge',
    method: 'GET',
    provider: 'prometheus',
    urlTemplate: `${server}/api/v1/query`,
    params: [{ name: 'query', value: 'latency $revision' }],
  };
  const metricObj = { apiVersion: '', kind: '', metadata: {}, spec: { ...usual, ...spec } };
  return { name: 'team/latency', metricObj };
}

/** The time so many seconds ago. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** Running for a minute, with the deadline that three iterations of 20 s have. */
function lately(): ExperimentStatus {
  const startTime = ago(60);
  const deadline = after(startTime, 2 * 3 * 20 + 3600).toISOString();
  return { startTime, stageStartTime: startTime, deadline };
}

function dueExperiment(status: ExperimentStatus): Experiment {
  const objective = { metric: 'latency', upperLimit: 100, rollback_on_failure: true };
  return experimentObject({
    metadata: { labels: { [STAGE_LABEL]: 'Running' }, finalizers: [TRAFFIC_FINALIZER] },
    spec: { criteria: { objectives: [objective] } },
    status: runningStatus(10, { ...lately(), nextIterationTime: ago(1), ...status }),
  });
}
