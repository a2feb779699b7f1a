import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Random } from '../../functions/lib/analysis/random.ts';
import type { DeploymentPattern, Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { STAGES } from '../../functions/lib/experiment/stages.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import {
  following,
  iterate,
  latency,
  observed,
  running,
  shares,
  strategyOf,
  type Look,
  type Reading,
} from '../fixtures.ts';

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}

const READINGS: readonly Reading[] = [20, 60, 60, 60, 100, 160, 'none', 'nan', 'error'];

/** Anything that an iteration may see, the pleasant more often than the rest. */
function anyLook(experiment: Experiment, random: Random): Look {
  const { nextIterationTime, currentWeightDistribution } = experiment.status!;
  const late = 1000 * 100 * random() ** 4;
  const weights = random() < 0.9 ? currentWeightDistribution! : shares(100, 0);
  const isDown = random() < 0.05;
  return {
    now: new Date(new Date(nextIterationTime!).getTime() + late),
    measurements: latency(pick(READINGS, random), pick(READINGS, random)),
    target: isDown
      ? { kind: 'Error', reason: 'TargetForbidden', message: 'may not' }
      : observed(weights, random() < 0.1 ? { notReady: 'pulling' } : {}),
    random,
  };
}

function anyExperiment(deploymentPattern: DeploymentPattern, random: Random): Experiment {
  const split = Math.floor(100 * random());
  const weights = {
    maxCandidateWeight: Math.floor(101 * random()),
    maxCandidateWeightIncrement: Math.floor(101 * random()),
    ...(deploymentPattern === 'FixedSplit' && { split: [100 - split, split] }),
  };
  const objective = { metric: 'latency', upperLimit: 100, rollback_on_failure: random() < 0.2 };
  return running({
    spec: {
      strategy: strategyOf({ deploymentPattern, weights }),
      criteria: { objectives: [objective] },
      duration: { intervalSeconds: 20, iterationsPerLoop: 40, maxLoops: 1 },
    },
  });
}

/** Every status on the way to Finishing. */
function journey(deploymentPattern: DeploymentPattern, seed: string): Experiment[] {
  const random = randomFrom(seed);
  const path = [anyExperiment(deploymentPattern, random)];
  while (path.at(-1)!.status!.stage === 'Running') {
    const current = path.at(-1)!;
    path.push(following(current, iterate(current, anyLook(current, random))));
  }
  return path;
}

const RUNS = 100;
const walk = suite('any run, whatever its iterations see');

for (const deploymentPattern of ['Progressive', 'FixedSplit', 'BlueGreen'] as const) {
  const journeys = Array.from({ length: RUNS }, (_, run) =>
    journey(deploymentPattern, `${deploymentPattern}-${run}`),
  );
  const statuses = journeys.map((path) => path.map(({ status }) => status!));

  walk(`has whole weights that add up to 100 under ${deploymentPattern}`, () => {
    for (const { currentWeightDistribution } of statuses.flat()) {
      const values = currentWeightDistribution!.map(({ value }) => value);
      assert.ok(values.every((value) => Number.isInteger(value) && value >= 0 && value <= 100));
      assert.is(values[0]! + values[1]!, 100);
    }
  });

  walk(`gives nobody everything before it is finishing under ${deploymentPattern}`, () => {
    for (const { stage, currentWeightDistribution } of statuses.flat()) {
      const candidate = currentWeightDistribution![1]!.value;
      if (stage !== 'Running') continue;
      if (deploymentPattern === 'BlueGreen') assert.is(candidate, 100);
      else assert.ok(candidate <= 99, `${candidate}`);
    }
  });

  walk(
    `ends finishing, with all traffic to the version of its outcome (${deploymentPattern})`,
    () => {
      for (const path of statuses) {
        const { stage, outcome, currentWeightDistribution, versionRecommendedForPromotion } =
          path.at(-1)!;
        assert.is(stage, STAGES[3]);
        const isPromoted = outcome!.decision === 'Promote';
        assert.equal(currentWeightDistribution, isPromoted ? shares(0, 100) : shares(100, 0));
        assert.is(versionRecommendedForPromotion, isPromoted ? 'canary' : 'default');
        assert.is(outcome!.version, versionRecommendedForPromotion);
      }
    },
  );

  walk(`ends in more than one way under ${deploymentPattern}: the test sees something`, () => {
    const ends = new Set(statuses.map((path) => path.at(-1)!.outcome!.reason));
    assert.ok(ends.size >= 3, [...ends].join(' '));
  });
}

walk('keeps a Progressive candidate within its increment and maximum', () => {
  for (let run = 0; run < RUNS; run++) {
    const path = journey('Progressive', `limits-${run}`);
    const { maxCandidateWeight, maxCandidateWeightIncrement } = path[0]!.spec.strategy.weights;
    const weights = path
      .filter(({ status }) => status!.stage === 'Running')
      .map(({ status }) => status!.currentWeightDistribution![1]!.value);
    weights.slice(1).forEach((weight, index) => {
      assert.ok(weight <= maxCandidateWeight, `${weight}`);
      assert.ok(weight - weights[index]! <= maxCandidateWeightIncrement, `${weight}`);
    });
  }
});

walk('is the same again from the same seed', () => {
  assert.equal(journey('Progressive', 'again').at(-1), journey('Progressive', 'again').at(-1));
});

walk.run();
