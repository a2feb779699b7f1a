import type { Measurement, Measurements } from '../experiment/observations.ts';
import { versionsOf } from '../experiment/versions.ts';
import { inParallelBy } from '../parallel.ts';
import type { Experiment, MetricInfo, VersionDetail } from '../types/experiment.gen.ts';
import { refuse } from './answer.ts';
import { builtinValue } from './builtin.ts';
import type { Instruments } from './instruments.ts';
import { interpolate } from './interpolate.ts';
import { mockValue } from './mock.ts';
import { questionOf } from './request.ts';
import { asksPrometheus, endpointOf, queryOf, sourceOf, type Source } from './source.ts';
import { backendOf, secondsSinceStart, undefinedProblem, valuesOf } from './values.ts';

/**
 * Every metric of the status for every version, all evaluated at one time, side by side up to the
 * instruments' concurrency for each host, within their time. A backend's failure is a measurement.
 * Throws Failure of kind Unavailable where the API server cannot be reached for a Secret.
 */
export async function measureAll(
  experiment: Experiment,
  evaluationTime: Date,
  instruments: Instruments,
): Promise<Measurements> {
  const { versionInfo, metrics = [] } = experiment.status!;
  const results: Record<string, Record<string, Measurement>> = {};
  const tasks = metrics.flatMap((metric) => {
    const byVersion: Record<string, Measurement> = (results[metric.name] = {});
    const key = backendOf(metric.metricObj.spec);
    return versionsOf(versionInfo!).map((version) => {
      const request = { experiment, metric, version, evaluationTime };
      const run = async (): Promise<void> => {
        byVersion[version.name] = await measure(request, instruments);
      };
      return { key, run };
    });
  });
  await inParallelBy(tasks, instruments.concurrency);
  return results;
}

type Request = {
  experiment: Experiment;
  metric: MetricInfo;
  version: VersionDetail;
  evaluationTime: Date;
};

async function measure(request: Request, instruments: Instruments): Promise<Measurement> {
  const source = sourceOf(request.metric.metricObj.spec);
  return explained(await WAYS[source](request, instruments), request);
}

const WAYS: Readonly<
  Record<Source, (request: Request, instruments: Instruments) => Measurement | Promise<Measurement>>
> = { Mock: invented, Builtin: collected, Prometheus: askPrometheus, Http: askHttp };

function invented(
  { experiment, metric, version, evaluationTime }: Request,
  { randomOf }: Instruments,
): Measurement {
  const elapsed = secondsSinceStart(experiment, evaluationTime);
  const random = randomOf(`${metric.name}|${version.name}`);
  return mockValue(metric.metricObj.spec, version.name, elapsed, random);
}

function collected({ experiment, metric, version }: Request): Measurement {
  const collectedHistograms = experiment.status!.analysis?.aggregatedBuiltinHists?.data;
  return builtinValue(metric.name, version.name, collectedHistograms);
}

async function askPrometheus(
  { experiment, metric, version, evaluationTime }: Request,
  { ask, credentialsOf, signal, endsAt }: Instruments,
): Promise<Measurement> {
  const { spec } = metric.metricObj;
  const text = queryOf(spec) ?? '';
  const values = valuesOf(experiment, version, evaluationTime);
  // A selector with a placeholder in it finds nothing, of which a query may make 0. iter8 asked all
  // the same, and what was written for it may have a dollar sign of its own.
  const problem = spec.evidence && undefinedProblem(text, values, version);
  if (problem) return refuse('Undefined', problem);
  const found = await credentialsOf(metric);
  if ('reason' in found) return { kind: 'Error', ...found };
  const query = interpolate(text, values);
  const endpoint = endpointOf(spec);
  return ask({ endpoint, query, evaluationTime, ...found.credentials, signal, endsAt });
}

async function askHttp(
  { experiment, metric, version, evaluationTime }: Request,
  { askHttp: ask, credentialsOf, signal, endsAt }: Instruments,
): Promise<Measurement> {
  const found = await credentialsOf(metric);
  if ('reason' in found) return { kind: 'Error', ...found };
  const spec = timed(metric.metricObj.spec);
  const values = valuesOf(experiment, version, evaluationTime);
  const question = questionOf(spec, values, found.credentials);
  if ('kind' in question) return question;
  const { provider, jqExpression: program = '.' } = spec;
  return ask({ question, provider, program, signal, endsAt });
}

/** All that is asked of Prometheus is asked about one time. */
function timed(spec: MetricInfo['metricObj']['spec']): MetricInfo['metricObj']['spec'] {
  const { params = [] } = spec;
  if (!asksPrometheus(spec) || params.some(({ name }) => name === 'time')) return spec;
  return { ...spec, params: [...params, { name: 'time', value: '$endTime' }] };
}

/** What came to nothing with placeholders still in it says which. */
function explained(
  measured: Measurement,
  { experiment, metric, version, evaluationTime }: Request,
): Measurement {
  const isExplicable = measured.kind === 'NoData' || reasonOf(measured) === 'BadQuery';
  if (!isExplicable || measured.kind === 'Value') return measured;
  const { params = [], body = '' } = metric.metricObj.spec;
  const text = [...params.map(({ value }) => value), body].join('\n');
  const problem = undefinedProblem(text, valuesOf(experiment, version, evaluationTime), version);
  if (!problem) return measured;
  return { ...measured, reason: 'Undefined', message: `${problem}: ${measured.message}` };
}

function reasonOf(measured: Measurement): string | undefined {
  return measured.kind === 'Error' ? measured.reason : undefined;
}
