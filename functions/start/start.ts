import {
  accept,
  acquire,
  beginInitializing,
  contenderOf,
  yieldTarget,
} from '../lib/experiment/accept.ts';
import { begin, record } from '../lib/experiment/initialize.ts';
import { mayAcquire, otherHolder } from '../lib/experiment/lock.ts';
import type { Probe, TargetObservation } from '../lib/experiment/observations.ts';
import { stageOf } from '../lib/experiment/stages.ts';
import { getExperiment, listUnfinished, type Summary } from '../lib/kubernetes/experiments.ts';
import { findMetrics } from '../lib/metrics/find.ts';
import { applyWeights } from '../lib/runtime/apply.ts';
import { commit, holdTraffic } from '../lib/runtime/commit.ts';
import { isAbout, subjectOf, type Subject } from '../lib/runtime/event.ts';
import type { Handler } from '../lib/runtime/function.ts';
import type { World } from '../lib/runtime/world.ts';
import { detectTarget } from '../lib/targets/detect.ts';
import type { Target } from '../lib/targets/port.ts';
import type { Experiment } from '../lib/types/experiment.gen.ts';

/** Handles an event about an experiment that may have to be started. */
export const start: Handler = (event, world) => startExperiment(subjectOf(event), world);

/** Brings an experiment towards Running, as far as can be done at once. */
export async function startExperiment(subject: Subject, world: World): Promise<void> {
  let experiment = await getExperiment(world.api, subject.namespace, subject.name);
  if (!experiment || !isAbout(experiment, subject)) return;
  while (experiment && !experiment.metadata.deletionTimestamp) {
    experiment = await advance(experiment, world);
  }
}

/** One step. Gives the experiment where another step may follow at once. */
async function advance(experiment: Experiment, world: World): Promise<Experiment | undefined> {
  switch (stageOf(experiment)) {
    case 'New':
      return commit(world, experiment, accept(experiment, world.settings, world.now()));
    case 'Waiting':
      return takeTarget(experiment, world);
    case 'Initializing':
      return experiment.status!.versionInfo
        ? setOff(experiment, world)
        : lookAround(experiment, world);
    default:
      return undefined;
  }
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
  const plan = acquire(status, decision, world.settings, world.now());
  const written = await commit(world, experiment, plan);
  return decision.kind === 'Free' ? written : undefined;
}

/** One that is deleted before it held the target will never want it. */
function isRival({ isDeleted, isHolder }: Summary): boolean {
  return isHolder || !isDeleted;
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
