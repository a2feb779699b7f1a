// Snapshots of experiments at every stage, with the statuses that the core itself writes.
import { accept, acquire } from '../../../functions/lib/experiment/accept.ts';
import { record } from '../../../functions/lib/experiment/initialize.ts';
import { conclude } from '../../../functions/lib/experiment/finish.ts';
import type { TargetObservation } from '../../../functions/lib/experiment/observations.ts';
import type { Experiment } from '../../../functions/lib/types/experiment.gen.ts';
import type { Snapshot } from '../../../sandbox/view/live.ts';
import {
  at,
  CONFORMANCE,
  experimentOf,
  following,
  having,
  initializing,
  iterated,
  iteratedTimes,
  measured,
  metricsOf,
  observed,
  recorded,
  running,
  settings,
  shares,
  stored,
  strategyOf,
  waiting,
  type Look,
  type Parts,
  type Reading,
} from '../../fixtures.ts';

const PARTS: Parts = {
  metadata: { name: 'iris', namespace: 'models' },
  spec: {
    target: 'sklearn-iris',
    criteria: {
      objectives: [
        { metric: 'mean-latency', upperLimit: 50 },
        { metric: 'error-rate', upperLimit: '0.02' },
      ],
    },
  },
};

/** What the metrics say: mean latency and error rate, each of the baseline and the candidate. */
export function look(latency: [Reading, Reading], errors: [Reading, Reading]): Look {
  const pair = ([baseline, candidate]: [Reading, Reading]): Record<string, Reading> => ({
    default: baseline,
    canary: candidate,
  });
  const team = measured({ 'mean-latency': pair(latency), 'error-rate': pair(errors) });
  const entries = Object.entries(team).map(([name, value]) => [
    name.replace('team/', 'models/'),
    value,
  ]);
  return { measurements: Object.fromEntries(entries) as Look['measurements'] };
}

export const GOOD = look([12.3456, 14.0931], [0, 0.001249]);
export const FAULTY = look([12.3456, 14.0931], [0, 0.3121]);

/** An experiment on two revisions with long names, whose latency is in milliseconds. */
export function known(experiment: Experiment): Experiment {
  const status = experiment.status!;
  return having(experiment, {
    ...(status.metrics && {
      metrics: status.metrics.map(({ name, metricObj: { spec } }) => ({
        name,
        metricObj: {
          spec: { ...spec, ...(name.endsWith('latency') && { units: 'milliseconds' }) },
        },
      })),
    }),
    ...(status.target?.candidateRevision && {
      target: {
        ...status.target,
        baselineRevision: 'sklearn-iris-predictor-00001',
        candidateRevision: 'sklearn-iris-predictor-00002',
      },
    }),
  });
}

function ended(experiment: Experiment, seen: TargetObservation, seconds = 1000): Experiment {
  const conclusion = conclude(experiment, seen, settings, at(seconds));
  if (conclusion.kind === 'Write') throw new Error('its weights are not there yet');
  const next = following(experiment, conclusion.plan);
  // Trouble has to be seen twice.
  return conclusion.kind === 'Complete' ? next : ended(next, seen, 2 * seconds);
}

const begun = running(PARTS);
const lost = {
  kind: 'NotYet',
  reason: 'NoCandidate',
  message:
    'InferenceService models/sklearn-iris has one revision; change spec.predictor and set canaryTrafficPercent',
} as const;
const holder = {
  namespace: 'team',
  name: 'other',
  uid: 'uid-0',
  creationTimestamp: at(0).toISOString(),
  lockKeys: [],
  isHolder: true,
};
const metrics = { kind: 'Found', metrics: metricsOf(experimentOf(PARTS)) } as const;

function lacking(seconds: number): Experiment {
  const experiment = initializing(PARTS);
  return following(experiment, record(experiment, { probe: lost, metrics }, settings, at(seconds)));
}

function invalid(): Experiment {
  const parts = {
    ...PARTS,
    spec: { ...PARTS.spec, strategy: strategyOf({ testingPattern: 'A/B' }) },
  };
  const experiment = experimentOf(parts);
  return following(experiment, accept(experiment, { settings, now: at(3) }));
}

function queued(): Experiment {
  const experiment = waiting(PARTS);
  return following(experiment, acquire(experiment, { kind: 'Held', holder }, settings, at(9)));
}

const strict = running({
  ...PARTS,
  spec: {
    ...PARTS.spec,
    criteria: {
      objectives: [
        { metric: 'mean-latency', upperLimit: 50 },
        { metric: 'error-rate', upperLimit: '0.02', rollback_on_failure: true },
      ],
    },
  },
});
const rollingBack = iterated(strict, [GOOD, GOOD, FAULTY]);
const promoting = iteratedTimes(begun, 15, GOOD);

/** By what they are. */
export const EXPERIMENTS: Record<string, Experiment> = Object.fromEntries(
  Object.entries({
    new: experimentOf(PARTS),
    waiting: queued(),
    initializing: initializing(PARTS),
    'initializing without a candidate': lacking(9),
    recorded: recorded(PARTS),
    begun,
    'after one iteration': iterated(begun, [GOOD]),
    'in the middle': iteratedTimes(begun, 7, GOOD),
    'without data': iterated(begun, [look(['none', 'nan'], ['error', 'none'])]),
    violated: iterated(begun, [GOOD, GOOD, FAULTY]),
    'violated by both': iterated(begun, [look([60, 70], [0, 0])]),
    conformance: iterated(running({ ...PARTS, spec: { ...PARTS.spec, ...CONFORMANCE } }), [GOOD]),
    promoting,
    'rolling back': rollingBack,
    promoted: ended(promoting, observed(shares(0, 100), { servedBy: 'canary' })),
    'rolled back': ended(rollingBack, observed(shares(100, 0), { servedBy: 'default' })),
    'failed without a candidate': lacking(1e6),
    'failed at the end': ended(
      promoting,
      {
        kind: 'Error',
        reason: 'TargetForbidden',
        message:
          'inferenceservices.serving.kserve.io "sklearn-iris" is forbidden: User "system:serviceaccount:iter8-system:iter8-finish" cannot patch resource "inferenceservices" in API group "serving.kserve.io" in the namespace "models"',
      },
      1e6,
    ),
    invalid: invalid(),
  }).map(([name, experiment]) => [
    name,
    stored(experiment.status ? known(experiment) : experiment),
  ]),
);

/** A snapshot of an experiment, as a display gets it, half an interval after its last iteration. */
export function snapshotOf(
  experiment: Experiment | undefined,
  more: Partial<Snapshot> = {},
): Snapshot {
  const nowMs = Date.parse(experiment?.status?.lastUpdateTime ?? at(5).toISOString()) + 8000;
  return {
    ...(experiment && { experiment }),
    log: [
      { atMs: at(4).getTime(), text: 'Advanced to Initializing' },
      { atMs: at(5).getTime(), text: 'Advanced to Running' },
      { atMs: at(25).getTime(), text: 'WeightsChanged: default 89 %, canary 11 %' },
      { atMs: at(45).getTime(), text: 'WeightsChanged: default 79 %, canary 21 %' },
    ],
    answers: { 200: 12_340, 503: 7 },
    requestsPerSecond: 40,
    startedAtMs: at(-6).getTime(),
    nowMs,
    ...more,
  };
}
