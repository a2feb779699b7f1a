import {
  accept,
  acquire,
  beginInitializing,
  contenderOf,
  retryWaits,
  runAskedFor,
  yieldTarget,
} from '../lib/experiment/accept.ts';
import { beforeRunning } from '../lib/experiment/beforeRunning.ts';
import { isTrue } from '../lib/experiment/conditions.ts';
import { NOT_PAUSED_REASON } from '../lib/experiment/pause.ts';
import { begin, record } from '../lib/experiment/initialize.ts';
import { mayAcquire, otherHolder } from '../lib/experiment/lock.ts';
import type { Probe, TargetObservation } from '../lib/experiment/observations.ts';
import { stageOf } from '../lib/experiment/stages.ts';
import { holdsTraffic, listUnfinished, type Summary } from '../lib/kubernetes/experiments.ts';
import { findMetrics } from '../lib/metrics/find.ts';
import { applyWeights } from '../lib/runtime/apply.ts';
import { commit, holdTraffic } from '../lib/runtime/commit.ts';
import { freezeOf } from '../lib/runtime/freeze.ts';
import { subjectOf, type Subject } from '../lib/runtime/event.ts';
import { experimentOf } from '../lib/runtime/subject.ts';
import type { Handler } from '../lib/runtime/function.ts';
import type { World } from '../lib/runtime/world.ts';
import { detectTarget } from '../lib/targets/detect.ts';
import type { Sight } from '../lib/targets/port.ts';
import type { Experiment } from '../lib/types/experiment.gen.ts';

/** Handles an event about an experiment that may have to be started. */
export const start: Handler = (event, world) => startExperiment(subjectOf(event), world);

/** Brings an experiment towards Running, as far as can be done at once; a completed one only where another run is asked for. */
export async function startExperiment(subject: Subject, world: World): Promise<void> {
  let experiment = await experimentOf(subject, world);
  while (experiment && !experiment.metadata.deletionTimestamp) {
    experiment = await advance(experiment, world);
  }
}

/** One step. Gives the experiment where another step may follow at once. */
async function advance(experiment: Experiment, world: World): Promise<Experiment | undefined> {
  switch (stageOf(experiment)) {
    case 'New':
      return takeOn(experiment, world);
    case 'Completed':
      return runAskedFor(experiment) === undefined ? undefined : runAgain(experiment, world);
    case 'Waiting':
      return unlessHeld(experiment, world, takeTarget);
    case 'Initializing':
      return unlessHeld(experiment, world, experiment.status!.versionInfo ? setOff : lookAround);
    default:
      return undefined;
  }
}

type Step = (experiment: Experiment, world: World) => Promise<Experiment | undefined>;

const takeOn: Step = async (experiment, world) => {
  const { settings } = world;
  const freeze = await freezeOf(experiment, world.now());
  return commit(world, experiment, accept(experiment, { settings, now: world.now(), freeze }));
};

const runAgain: Step = async (experiment, world) => {
  const waiting = retryWaits(experiment);
  if (!waiting) return takeOn(experiment, world);
  await commit(world, experiment, waiting);
  return undefined;
};

/** The next step, unless a person or a freeze window has it otherwise. */
async function unlessHeld(
  experiment: Experiment,
  world: World,
  step: Step,
): Promise<Experiment | undefined> {
  const now = world.now();
  const hasTraffic = holdsTraffic(experiment);
  const by = { freeze: await freezeOf(experiment, now), settings: world.settings, now };
  const plan = beforeRunning(experiment, { ...by, hasTraffic });
  if (!plan) return step(experiment, world);
  const written = await commit(world, experiment, plan);
  return isTrue(written?.status, 'Paused') ? undefined : written;
}

/** Takes the target; and once it is taken, looks whether nobody else took it in the same moment. */
async function takeTarget(experiment: Experiment, world: World): Promise<Experiment | undefined> {
  const status = experiment.status!;
  const own = contenderOf(experiment);
  const others = (await listUnfinished(world.api)).filter(isRival);
  if (own.isHolder) {
    const other = otherHolder(own, others);
    if (!other) return commit(world, experiment, beginInitializing(status, world.now()));
    await commit(world, experiment, yieldTarget(status, other, world.now()));
    return undefined;
  }
  const decision = mayAcquire(own, others, world.now());
  const plan = acquire(experiment, decision, world.settings, world.now());
  const written = await commit(world, experiment, plan);
  return decision.kind === 'Free' ? written : undefined;
}

/** One that is deleted before it held the target will never want it; one that stands still, not now. */
function isRival({
  isDeleted,
  isHolder,
  isSuspended,
  paused = NOT_PAUSED_REASON,
}: Summary): boolean {
  return isHolder || !(isDeleted || isSuspended || paused !== NOT_PAUSED_REASON);
}

const NOTHING: Probe = {
  kind: 'Identified',
  target: { type: 'None' },
  versionInfo: { baseline: { name: '' } },
  weights: undefined,
};

/** Finds out what there is to know: the target's versions, and the metrics. */
async function lookAround(experiment: Experiment, world: World): Promise<Experiment | undefined> {
  const target = detectTarget(world.api, world.objects, experiment);
  const probe = target
    ? await target.probe()
    : { ...NOTHING, versionInfo: experiment.spec.versionInfo! };
  const metrics = await findMetrics(world.api, experiment, world.settings.namespace);
  const plan = record(experiment, { probe, metrics }, world.settings, world.now());
  const written = await commit(world, experiment, plan);
  return written?.status?.versionInfo ? written : undefined;
}

/** Puts the first weights in force and, once they are and the candidate is ready, lets it run. */
async function setOff(experiment: Experiment, world: World): Promise<Experiment | undefined> {
  const target = detectTarget(world.api, world.objects, experiment);
  const sight = target ? await target.observe() : UNWATCHED;
  const isMoved = (experiment.status!.currentWeightDistribution ?? []).length > 0;
  const isNow = isMoved && !mustWait(experiment, sight.observation);
  const held = isNow ? await holdTraffic(world, experiment) : experiment;
  if (!held) return undefined;
  const observed = isNow ? await applyWeights(world, held, target!, sight) : sight.observation;
  await commit(world, held, begin(held, observed, world.settings, world.now()));
  return undefined;
}

const UNWATCHED: Sight = {
  observation: { kind: 'Observed', weights: [] },
  split: () => Promise.resolve(),
};

/** The first weights go in force at once, except where they are a promotion: that waits for readiness. */
function mustWait({ spec }: Experiment, seen: TargetObservation): boolean {
  const isBlueGreen = spec.strategy.deploymentPattern === 'BlueGreen';
  return isBlueGreen && seen.kind === 'Observed' && seen.notReady !== undefined;
}
