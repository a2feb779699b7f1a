// What iter8 did wrong and this project does right, each with a check that it does.
import { accept, acquire } from '../../functions/lib/experiment/accept.ts';
import { mark } from '../../functions/lib/experiment/conditions.ts';
import { abandon } from '../../functions/lib/experiment/finish.ts';
import { firstWeights } from '../../functions/lib/experiment/firstWeights.ts';
import { mayAcquire, type Contender } from '../../functions/lib/experiment/lock.ts';
import { lockKeys, resolveTarget } from '../../functions/lib/experiment/target.ts';
import { detectTarget } from '../../functions/lib/targets/detect.ts';
import { jsonPointer, parseFieldPath } from '../../functions/lib/targets/fieldPath.ts';
import type { Experiment, Outcome } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  experimentOf,
  having,
  initializing,
  iterate,
  iteratedTimes,
  latency,
  recorded,
  running,
  settings,
  shares,
  strategyOf,
  waiting,
} from '../fixtures.ts';
import { fakeApi } from '../kubernetes/fake-api.ts';
import { BASELINE, fakeObjects, inferenceService } from '../targets/fake-objects.ts';

/** A behaviour of iter8, ours in its place, and whether ours is so. */
export type Mended = { iter8: string; here: string; isSo: () => boolean | Promise<boolean> };

const STRICT = [{ metric: 'latency', upperLimit: 100, rollback_on_failure: true }];
const strict = (): Experiment => running({ spec: { criteria: { objectives: STRICT } } });
const grown = (): Experiment => iteratedTimes(running(), 5);

function contender(uid: string, isHolder = false): Contender {
  const creationTimestamp = at(0).toISOString();
  return { namespace: 'team', name: uid, uid, creationTimestamp, lockKeys: ['k'], isHolder };
}

function outcomeOf(
  experiment: Experiment,
  reading: Parameters<typeof latency>,
): Outcome | undefined {
  return iterate(experiment, { measurements: latency(...reading) }).status.outcome;
}

const TRAFFIC: readonly Mended[] = [
  {
    iter8: 'Weights were matched to versions by position.',
    here: 'By name.',
    isSo: () => {
      const turned = having(grown(), { currentWeightDistribution: shares(49, 51).reverse() });
      return candidateWeight(iterate(turned)) === 61;
    },
  },
  {
    iter8: 'One failed query took the candidate down to 5 %.',
    here: 'It keeps its weight; evidence says `Error` or `NoData`.',
    isSo: () =>
      (['error', 'none', 'nan'] as const).every(
        (reading) =>
          candidateWeight(iterate(grown(), { measurements: latency(50, reading) })) === 51,
      ),
  },
  {
    iter8:
      'rollback_on_failure and BlueGreen ended in the first iteration where there was no data yet.',
    here: 'No data is no violation.',
    isSo: () => outcomeOf(strict(), ['none', 'none']) === undefined,
  },
  {
    iter8: 'A violation by the baseline rolled the candidate back.',
    here: 'Never; where both violate, weights are held (`BothViolate`).',
    isSo: () =>
      outcomeOf(strict(), [150, 60]) === undefined && outcomeOf(strict(), [150, 160]) === undefined,
  },
  {
    iter8:
      'After a rollback the weights stayed, and the failed candidate might still be recommended.',
    here: 'The baseline gets all traffic, and the recommendation.',
    isSo: () => {
      const { status } = iterate(strict(), { measurements: latency(50, 150) });
      const [baseline] = status.currentWeightDistribution!;
      return baseline!.value === 100 && status.versionRecommendedForPromotion === 'default';
    },
  },
  {
    iter8: 'Deleting an Experiment left the weights where they were.',
    here: 'A finalizer holds it until the baseline has its traffic back.',
    isSo: () =>
      abandon(running().status!, at(9)).status.currentWeightDistribution![0]!.value === 100,
  },
  {
    iter8: 'A candidate that never had traffic could win.',
    here: 'It is not promoted.',
    isSo: () => {
      const weights = { maxCandidateWeight: 0 };
      const duration = { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 };
      const none = running({ spec: { strategy: strategyOf({ weights }), duration } });
      return outcomeOf(none, [50, 60])?.reason === 'NoWinner';
    },
  },
  {
    iter8: 'It ran although no candidate was deployed, and compared a version with itself.',
    here: 'It waits: `NoCandidate`.',
    isSo: async () => {
      const lonely = inferenceService({ created: BASELINE, ready: BASELINE });
      const { objects } = fakeObjects({ 'InferenceService team/model': lonely });
      const { api } = fakeApi(() => ({}));
      const probe = await detectTarget(api, objects, initializing())!.probe();
      return 'reason' in probe && probe.reason === 'NoCandidate';
    },
  },
  {
    iter8: 'BlueGreen was the same as Progressive.',
    here: 'All traffic goes to the candidate at once.',
    isSo: () => {
      const blueGreen = strategyOf({ deploymentPattern: 'BlueGreen' });
      return (
        firstWeights({ strategy: blueGreen }, ['default', 'canary'], undefined)![1]!.value === 100
      );
    },
  },
  {
    iter8: 'canaryTrafficPercent had to be set beforehand.',
    here: 'It need not be.',
    isSo: async () => {
      const ready = { 'InferenceService team/model': inferenceService() };
      const { objects, patches } = fakeObjects(ready);
      const fixture = recorded();
      const target = {
        ...fixture.status!.target!,
        candidateRevision: 'model-predictor-00002',
      };
      const { api } = fakeApi(() => ({}));
      const sight = await detectTarget(api, objects, having(fixture, { target }))!.observe();
      await sight.split(shares(80, 20));
      return patches[0]!.contentType === 'application/merge-patch+json';
    },
  },
  {
    iter8:
      'A fieldPath that ends in a position, like `.spec.weights[1]`, was written to a wrong place.',
    here: "It works, and names with dots too: `['a.b']`.",
    isSo: () =>
      jsonPointer(parseFieldPath('.spec.weights[1]')!) === '/spec/weights/1' &&
      jsonPointer(parseFieldPath(".spec['a.b']")!) === '/spec/a.b',
  },
  {
    iter8: 'Intervals grew by the back-off of a queue: 20 s became 20.5 to 23.',
    here: 'The next iteration is due one interval after the last was due.',
    isSo: () => {
      const due = new Date(running().status!.nextIterationTime!);
      const { status } = iterate(running(), { now: new Date(due.getTime() + 3000) });
      return new Date(status.nextIterationTime!).getTime() - due.getTime() === 20_000;
    },
  },
];

const LIFE: readonly Mended[] = [
  {
    iter8: 'The reason of a failure was overwritten by "Experiment failed".',
    here: 'status.message keeps it, and a Warning Event tells it.',
    isSo: () => {
      const invalid = experimentOf({ spec: { strategy: strategyOf({ testingPattern: 'A/B' }) } });
      const { status, announcements } = accept(invalid, { settings, now: at(3) });
      const isTold = announcements.some(
        ({ type, reason }) => type === 'Warning' && reason === 'InvalidExperiment',
      );
      return isTold && status.message!.startsWith('InvalidExperiment: spec.criteria.rewards');
    },
  },
  {
    iter8: 'An invalid task ended the experiment without Failed.',
    here: '`Failed=True`, and the field is named.',
    isSo: () => {
      const actions = { finish: [{ task: 'common/readiness', run: 'true' }] };
      const { status } = accept(experimentOf({ spec: { strategy: strategyOf({ actions }) } }), {
        settings,
        now: at(3),
      });
      return conditionOf({ status }, 'Failed')!.message!.includes(
        'spec.strategy.actions.finish[0]',
      );
    },
  },
  {
    iter8: 'Two experiments that began in the same second could both take the target.',
    here: 'The older goes first, then the smaller uid.',
    isSo: () => {
      const [one, other] = [contender('uid-1'), contender('uid-2')];
      const all = [one, other];
      const kinds = all.map((own) => mayAcquire(own, all, at(9)).kind);
      return kinds.join() === 'Free,Queued';
    },
  },
  {
    iter8: 'The lock compared texts: `model` and `team/model` were two targets.',
    here: 'It compares the objects that are acted on.',
    isSo: () => {
      const [short, long] = ['model', 'team/model'].map((target) => {
        const experiment = experimentOf({ spec: { target } });
        return lockKeys(resolveTarget(experiment), target).join();
      });
      return short === long;
    },
  },
  {
    iter8: 'A waiting experiment did not say for whom.',
    here: 'Its message names the holder.',
    isSo: () => {
      const held = { kind: 'Held', holder: contender('other', true) } as const;
      return acquire(waiting(), held, settings, at(9)).status.message!.includes('team/other');
    },
  },
  {
    iter8: 'An experiment could stay where it was for ever.',
    here: 'Every stage has a deadline.',
    isSo: () => {
      const held = { kind: 'Held', holder: contender('other', true) } as const;
      return acquire(waiting(), held, settings, at(1e6)).status.stage === 'Completed';
    },
  },
  {
    iter8: 'Assessments were booleans without the values behind them.',
    here: '`status.evidence` has value, verdict, reason and a sentence.',
    isSo: () => iterate(running()).status.evidence!.every(({ estimate }) => estimate !== undefined),
  },
  {
    iter8: "A condition's lastTransitionTime moved with every message.",
    here: 'Only when its status changes.',
    isSo: () => {
      const ready = { type: 'Ready', status: 'True', reason: 'TargetReady' } as const;
      const status = mark(mark({}, [ready], at(0)), [{ ...ready, message: 'new' }], at(9));
      return conditionOf({ status }, 'Ready')!.lastTransitionTime === at(0).toISOString();
    },
  },
];

/** Behaviours around traffic, and around the life of an experiment. */
export const MENDED = [...TRAFFIC, ...LIFE];
