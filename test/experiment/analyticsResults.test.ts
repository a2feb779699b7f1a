import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { progressiveWeights, type Weight } from '../../functions/lib/analysis/weights.ts';
import type { Measurement, Measurements } from '../../functions/lib/experiment/observations.ts';
import type {
  Analysis,
  Experiment,
  ExperimentSpec,
  MetricInfo,
  Weights,
} from '../../functions/lib/types/experiment.gen.ts';
import { criteriaOf, deepFreeze, iterate, measurement, running, strategyOf } from '../fixtures.ts';
import { referenceJson } from '../shared.ts';

/** One whole assessment as the original's service answered it. */
type Recorded = {
  id: string;
  description: string;
  input: {
    spec: ExperimentSpec;
    status: { metrics?: MetricInfo[]; currentWeightDistribution?: Weight[] };
  };
  /** The backend's answer by metric and version; null: no connection, EMPTY: no series. */
  metricValues: Record<string, Record<string, string | null>>;
  output: {
    body: {
      aggregatedMetrics: {
        data: Record<string, { data: Record<string, { value: number | string | null } | null> }>;
      };
      versionAssessments: { data: Record<string, boolean[]> | null };
      winnerAssessment: {
        data: { winnerFound: boolean; winner: string | null; bestVersions: string[] };
      };
      weights: { data: Weight[] | null };
    };
  };
  draws?: number[];
};

function measured(answer: string | null | undefined): Measurement {
  if (answer === null) return { kind: 'Error', reason: 'Unreachable', message: 'no connection' };
  if (answer === undefined || answer === 'EMPTY' || !Number.isFinite(Number(answer))) {
    return { kind: 'NoData', reason: 'NoData', message: 'no series' };
  }
  return measurement(Number(answer));
}

/** Every metric of the status for every version, as the recorded backend answered. */
function measurementsOf({ input, metricValues }: Recorded): Measurements {
  const { baseline, candidates = [] } = input.spec.versionInfo!;
  const names = [baseline, ...candidates].map(({ name }) => name);
  const byMetric = (input.status.metrics ?? []).map(({ name }) => {
    const values = metricValues[name] ?? {};
    return [name, Object.fromEntries(names.map((one) => [one, measured(values[one])]))] as const;
  });
  return deepFreeze(Object.fromEntries(byMetric));
}

/** A running experiment with what the request was about; the original's service knew no more. */
function analysisOf(recorded: Recorded): Analysis {
  const { spec, status } = recorded.input;
  const start = running();
  const { strategy, criteria, versionInfo } = spec;
  const experiment: Experiment = {
    ...start,
    metadata: { ...start.metadata, namespace: 'ns' },
    spec: {
      ...start.spec,
      versionInfo: versionInfo!,
      strategy: strategyOf(strategy),
      criteria: criteriaOf(criteria),
    },
    status: {
      ...start.status,
      versionInfo: versionInfo!,
      metrics: status.metrics ?? [],
      currentWeightDistribution: status.currentWeightDistribution ?? [],
    },
  };
  const plan = iterate(experiment, { measurements: measurementsOf(recorded), random: () => 0.5 });
  return plan.status.analysis!;
}

/** What the original's analytics assumed when it was called without its controller. */
const ANALYTICS_DEFAULTS = { maxCandidateWeight: 100, maxCandidateWeightIncrement: 5 };

/** The original's rule on what our analysis found, dealt the recorded chances. */
function weightsOf({ input, draws = [] }: Recorded, analysis: Analysis): number[] {
  const { spec, status } = input;
  const { baseline, candidates = [] } = spec.versionInfo!;
  const versions = [baseline, ...candidates].map(({ name }) => name);
  const current = status.currentWeightDistribution ?? [];
  const best = analysis.winnerAssessment!.data.bestVersions ?? [];
  const given = spec.strategy.weights as Partial<Weights> | undefined;
  const limits = given && { ...ANALYTICS_DEFAULTS, ...given };
  const rest = [...draws];
  return progressiveWeights({ versions, current }, best, limits, () => rest.shift()!).map(
    ({ value }) => value,
  );
}

const assessments = suite('whole assessments of iter8 as recorded');
const file = referenceJson<{ cases: Recorded[] }>('oracle/analytics_results.json');

for (const recorded of file?.cases ?? []) {
  const { id, description, input, output } = recorded;
  assessments(`${id} ${description}`, () => {
    const ours = analysisOf(recorded);
    const { versionAssessments, winnerAssessment, weights, aggregatedMetrics } = output.body;
    for (const [metric, { data }] of Object.entries(aggregatedMetrics.data)) {
      for (const [version, found] of Object.entries(data)) {
        const value = ours.aggregatedMetrics!.data[metric]!.data[version]!.value;
        const expected = found?.value ?? undefined;
        assert.equal(value && Number(value), expected && Number(expected), `${metric} ${version}`);
      }
    }
    assert.equal(ours.versionAssessments!.data, versionAssessments.data ?? {});
    const { winnerFound, winner = null, bestVersions } = ours.winnerAssessment!.data;
    assert.equal({ winnerFound, winner, bestVersions }, winnerAssessment.data);
    if (input.spec.strategy.testingPattern === 'Conformance') return;
    assert.equal(
      weightsOf(recorded, ours),
      weights.data!.map(({ value }) => value),
    );
  });
}

assessments.run();
