// The answers of metrics backends that iter8's own analytics were recorded with.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { referenceJson } from '../shared.ts';
import { startStub, type Answer, type Stub } from '../stub-server.ts';

type Values = Record<string, { data: Record<string, { value: string | number | null } | null> }>;
type Recorded = {
  id: string;
  description: string;
  input: { status: { metrics?: { name: string; metricObj: { spec: MetricSpec } }[] } };
  /** A text stands for a connection that came to nothing. */
  backendResponses: ({ status: number; json?: unknown; text?: string } | string)[];
  output: { status: number; body: { data?: Values } };
};

/** Where we find a number in an answer in which iter8 found none: a scalar; without an expression. */
const BETTER = ['m-018', 'm-030'];

const recorded = suite('answers as iter8 had them');

let stub: Stub;
let answers: Answer[] = [];

recorded.before(async () => {
  stub = await startStub(() => (answers.length > 1 ? answers.shift()! : answers[0]!));
});
recorded.after(() => stub.stop());

const ask = prometheus({ allowedHosts: [], allowsLoopback: true });

function measure(): Promise<Measurement> {
  const signal = AbortSignal.timeout(5000);
  return ask({ endpoint: stub.url, query: 'q', evaluationTime: new Date(), signal });
}

function toAnswer(response: Recorded['backendResponses'][number]): Answer {
  if (typeof response === 'string') return 'reset';
  const { status, json, text } = response;
  return text === undefined ? { status, json } : { status, text };
}

const oracle = referenceJson<{ cases: Recorded[] }>('oracle/metrics.json');

for (const { id, description, input, backendResponses, output } of oracle?.cases ?? []) {
  const [metric, second] = input.status.metrics ?? [];
  const spec = metric?.metricObj.spec;
  const isReadable = spec && !second && !spec.secret && !unsupportedMetric(spec);
  const values = output.body.data?.[metric?.name ?? '']?.data;
  if (!isReadable || !values || backendResponses.length === 0) continue;
  recorded(`${id}: ${description}`, async () => {
    answers = backendResponses.map(toAnswer);
    for (const recordedValue of Object.values(values)) {
      const measured = await measure();
      const value = recordedValue?.value ?? null;
      if (BETTER.includes(id)) assert.is(measured.kind, 'Value');
      else if (value === null) assert.is.not(measured.kind, 'Value', JSON.stringify(measured));
      else assert.equal(measured, { kind: 'Value', value: Number(value) });
    }
  });
}

recorded.run();
