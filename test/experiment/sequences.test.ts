import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurements } from '../../functions/lib/experiment/observations.ts';
import type {
  Experiment,
  ExperimentSpec,
  VersionWeight,
} from '../../functions/lib/types/experiment.gen.ts';
import {
  criteriaOf,
  deepFreeze,
  following,
  having,
  iterate,
  measurement,
  running,
  strategyOf,
} from '../fixtures.ts';
import { referenceJson } from '../shared.ts';

/** What a run came to, iteration by iteration. */
type Story = {
  winners: (string | null)[];
  recommended: string[];
  /** The candidate's weight by the rule: what comes into force unless the run ends. */
  weights: (number | undefined)[];
  /** Whether all iterations were done, or a violation ended the run, or it goes on. */
  how: 'finish' | 'rollback' | 'running';
};

/** Where ours is meant to end otherwise: what is other, and why. */
const BETTER: Record<string, { reason: string } & Partial<Story>> = {
  'seq-05': {
    reason: 'a rollback recommended the candidate that had failed: now the baseline',
    recommended: ['canary', 'canary', 'canary', 'default'],
  },
  'seq-07': {
    reason: 'the failure of the baseline rolled a good candidate back: now it goes on',
    recommended: ['canary'],
    how: 'running',
  },
  'seq-09': {
    reason: 'BlueGreen moved traffic as Progressive does, and recommended what had failed',
    weights: [100, 100, 100],
    recommended: ['canary', 'canary', 'default'],
  },
  'seq-11': {
    reason: 'BlueGreen moved traffic as Progressive does: now the candidate has it from the start',
    weights: [100, 100, 100, 100],
  },
  'seq-13': {
    reason: 'weights were recommended that FixedSplit does not let come into force: now none are',
    weights: [undefined, undefined, undefined, undefined],
  },
  'seq-21': {
    reason: 'candidates got traffic while all versions violated: now theirs is held, which is none',
    weights: [0, 0, 0],
  },
  'seq-27': {
    reason: 'a candidate that never had traffic won: now nothing is known of it, and it does not',
    recommended: ['canary', 'canary', 'default'],
  },
  'seq-29': {
    reason: 'a metric named without its namespace never had a value: now it is found',
    winners: ['canary', 'canary', 'canary'],
    recommended: ['canary', 'canary', 'canary'],
    weights: [10, 20, 30],
  },
};

type Iteration = {
  metricValues: Record<string, Record<string, string>>;
  output: {
    body: {
      winnerAssessment: { data: { winner: string | null } };
      weights: { data: VersionWeight[] };
    };
  };
  draws?: number[];
  port: { versionRecommendedForPromotion: string };
};

type Recorded = {
  id: string;
  description: string;
  spec: ExperimentSpec;
  initialStatus: { currentWeightDistribution?: VersionWeight[] };
  iterations: Iteration[];
  outcome: { how: 'finish' | 'rollback' };
};

function recordedStory({ iterations, outcome }: Recorded): Story {
  const bodies = iterations.map(({ output }) => output.body);
  return {
    winners: bodies.map(({ winnerAssessment }) => winnerAssessment.data.winner),
    recommended: iterations.map(({ port }) => port.versionRecommendedForPromotion),
    weights: bodies.map(({ weights }) => weights.data[1]?.value),
    how: outcome.how,
  };
}

/** Each iteration sees the recorded values and is dealt the recorded chances. */
function play(recorded: Recorded): Experiment[] {
  const path = [startOf(recorded)];
  for (const { metricValues, draws = [] } of recorded.iterations) {
    const rest = [...draws];
    const look = { measurements: measurementsOf(metricValues), random: () => rest.shift() ?? 0 };
    path.push(following(path.at(-1)!, iterate(path.at(-1)!, look)));
  }
  return path.slice(1);
}

/**
 * Ours starts a candidate with 1 %, the recorded runs with 0; BlueGreen has its own start. A contest
 * on an InferenceService of which nobody moves the traffic, or of more than two versions, as the
 * original took it, begins without a look at its target.
 */
function startOf({ spec, initialStatus }: Recorded): Experiment {
  const { deploymentPattern, testingPattern } = spec.strategy;
  const isContest = testingPattern.startsWith('A/B');
  const start = running({
    metadata: { namespace: 'default' },
    spec: isContest ? {} : { criteria: undefined, ...spec },
  });
  const isOurs = deploymentPattern === 'BlueGreen' || testingPattern === 'Conformance';
  const { currentWeightDistribution = [] } = isOurs ? start.status! : initialStatus;
  const known = { currentWeightDistribution };
  if (!isContest) return having(start, known);
  const { strategy, criteria, versionInfo, duration } = spec;
  const own = {
    strategy: strategyOf(strategy),
    criteria: criteriaOf(criteria)!,
    versionInfo: versionInfo!,
  };
  const contest = { ...start, spec: { ...start.spec, ...own, duration } };
  const names = new Set(
    [...(criteria?.objectives ?? []), ...(criteria?.rewards ?? [])].map(({ metric }) => metric),
  );
  const metrics = [...names].map(
    (name) => ({ name, metricObj: { spec: { type: 'Gauge', method: 'GET' } } }) as const,
  );
  return having(contest, { ...known, versionInfo: versionInfo!, metrics });
}

function measurementsOf(values: Iteration['metricValues']): Measurements {
  const entries = Object.entries(values).map(([metric, byVersion]) => {
    const measurements = Object.entries(byVersion).map(
      ([version, value]) => [version, measurement(Number(value))] as const,
    );
    return [metric, Object.fromEntries(measurements)] as const;
  });
  return deepFreeze(Object.fromEntries(entries));
}

function storyOf(path: readonly Experiment[]): Story {
  const statuses = path.map(({ status }) => status!);
  const reason = statuses.at(-1)!.outcome?.reason;
  return {
    winners: statuses.map((status) => status.analysis!.winnerAssessment!.data.winner ?? null),
    recommended: statuses.map((status) => status.versionRecommendedForPromotion!),
    weights: statuses.map((status) => status.analysis!.weights!.data[1]?.value),
    how: !reason ? 'running' : reason === 'ObjectiveViolated' ? 'rollback' : 'finish',
  };
}

const sequences = suite('whole runs of iter8 as recorded');
const file = referenceJson<{ cases: Recorded[] }>('oracle/sequences.json');

for (const recorded of file?.cases ?? []) {
  const { id, description } = recorded;
  const { reason, ...better } = BETTER[id] ?? { reason: 'and so does ours' };
  sequences(`${id} ${description}; ${reason}`, () => {
    assert.equal(storyOf(play(recorded)), { ...recordedStory(recorded), ...better });
  });
}

if (file) {
  sequences('are all there that differ on purpose', () => {
    const ids = new Set(file.cases.map(({ id }) => id));
    assert.ok(Object.keys(BETTER).every((id) => ids.has(id)));
  });
}

sequences.run();
