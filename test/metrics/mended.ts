// What iter8 did wrong with metrics and this project does right, each with a check that it does.
import { findMetrics } from '../../functions/lib/metrics/find.ts';
import { guardedAgents } from '../../functions/lib/metrics/hosts.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import { prometheus, type InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import { secretProblem } from '../../functions/lib/metrics/secrets.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Mended } from '../experiment/mended.ts';
import { at, initializing, running, settings } from '../fixtures.ts';
import { failure, fakeApi } from '../kubernetes/fake-api.ts';
import { startStub } from '../stub-server.ts';
import { UNUSED } from './outfit.ts';

const POLICY = { allowedHosts: [], allowsLoopback: true };

/** A running experiment whose metric is one PromQL query. */
function asking(): Experiment {
  const experiment = running();
  const spec = {
    type: 'Gauge',
    method: 'GET',
    urlTemplate: 'http://prometheus:9090/api/v1/query',
    params: [{ name: 'query', value: 'up' }],
  } as const;
  const metrics = [
    { name: 'team/latency', metricObj: { spec: { ...spec, params: [...spec.params] } } },
  ];
  return { ...experiment, status: { ...experiment.status!, metrics } };
}

const LIST: readonly Mended[] = [
  {
    iter8: 'Metrics were read one after the other; a slow backend held up every experiment.',
    here: 'Side by side, within half of the handler deadline.',
    isSo: async () => {
      const asked: InstantQuery[] = [];
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const ask = async (query: InstantQuery): Promise<{ kind: 'Value'; value: number }> => {
        if (asked.push(query) === 2) resolve(undefined);
        await promise;
        return { kind: 'Value', value: 1 };
      };
      const limits = { deadlineMs: 5000, concurrency: 8 };
      const instruments = instrumentsOf({ ...UNUSED, ask, ...limits });
      await measureAll(asking(), at(9), instruments);
      return asked.length === 2;
    },
  },
  {
    iter8: "A backend's HTTP error was read as if it were a value.",
    here: 'It is an error with a reason of its own.',
    isSo: async () => {
      const json = { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } };
      const stub = await startStub(() => ({ status: 500, json }));
      const signal = AbortSignal.timeout(5000);
      const query = { endpoint: stub.url, query: 'up', evaluationTime: at(0), signal };
      const measured = await prometheus(POLICY)(query);
      await stub.stop();
      return measured.kind === 'Error' && measured.reason === 'ServerError';
    },
  },
  {
    iter8: 'Certificates of metrics backends were never checked.',
    here: 'They always are.',
    isSo: () => guardedAgents(POLICY).httpsAgent.options.rejectUnauthorized !== false,
  },
  {
    iter8: 'A Metric could name a Secret of any namespace and send it anywhere.',
    here: 'Only one of its own namespace; `METRICS_ALLOWED_HOSTS` limits where to.',
    isSo: () => secretProblem('other/token', 'team') !== undefined,
  },
  {
    iter8: 'A missing metric ended the experiment.',
    here: 'It is waited for, by name, for 15 minutes.',
    isSo: async () => {
      const { api } = fakeApi(() => failure('NotFound'));
      const found = await findMetrics(api, initializing(), settings.namespace);
      return found.kind === 'NotYet' && found.message.startsWith('metric latency does not exist');
    },
  },
];

/** Behaviours around metrics. */
export const MENDED_METRICS = [...LIST];
