import {
  accept,
  acquire,
  beginInitializing,
  contenderOf,
  runAskedFor,
  yieldTarget,
} from '../lib/experiment/accept.ts';
import { beforeRunning } from '../lib/experiment/beforeRunning.ts';
import { isTrue } from '../lib/experiment/conditions.ts';
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
import type { Target } from '../lib/targets/port.ts';
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
      return runAskedFor(experiment) === undefined ? undefined : takeOn(experiment, world);
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

/** One that is deleted before it held the target will never want it; one that is suspended, not now. */
function isRival({ isDeleted, isHolder, isSuspended }: Summary): boolean {
  return isHolder || !(isDeleted || isSuspended);
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
  const hasTraffic = (experiment.status!.currentWeightDistribution ?? []).length > 0;
  const held = hasTraffic ? await holdTraffic(world, experiment) : experiment;
  if (!held) return undefined;
  const observed = target ? await firstLook(held, target, world) : UNWATCHED;
  await commit(world, held, begin(held, observed, world.settings, world.now()));
  return undefined;
}

const UNWATCHED: TargetObservation = { kind: 'Observed', weights: [] };

/** The first weights go in force at once, except where they are a promotion: that waits for readiness. */
async function firstLook(
  experiment: Experiment,
  target: Target,
  world: World,
): Promise<TargetObservation> {
  const sight = await target.observe();
  const { observation } = sight;
  const isBlueGreen = experiment.spec.strategy.deploymentPattern === 'BlueGreen';
  const mustWait = observation.kind === 'Observed' && observation.notReady && isBlueGreen;
  return mustWait ? observation : applyWeights(world, experiment, target, sight);
}
