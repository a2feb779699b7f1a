import { abandon, conclude, type Conclusion } from '../lib/experiment/finish.ts';
import type { TargetObservation } from '../lib/experiment/observations.ts';
import { stageOf } from '../lib/experiment/stages.ts';
import { holdsTraffic } from '../lib/kubernetes/experiments.ts';
import { applyWeights } from '../lib/runtime/apply.ts';
import { commit } from '../lib/runtime/commit.ts';
import { subjectOf, type Subject } from '../lib/runtime/event.ts';
import { experimentOf } from '../lib/runtime/subject.ts';
import type { Handler } from '../lib/runtime/function.ts';
import type { World } from '../lib/runtime/world.ts';
import { detectTarget } from '../lib/targets/detect.ts';
import type { Experiment } from '../lib/types/experiment.gen.ts';

/** Handles an event about an experiment that may have to be finished. */
export const finish: Handler = (event, world) => finishExperiment(subjectOf(event), world);

/** Brings an experiment whose outcome is decided, or that is deleted, towards its end. */
export async function finishExperiment(subject: Subject, world: World): Promise<void> {
  const found = await experimentOf(subject, world);
  if (!found) return;
  const experiment = await abandonIfDeleted(found, world);
  if (experiment && stageOf(experiment) === 'Finishing') await carryOut(experiment, world);
}

async function abandonIfDeleted(
  experiment: Experiment,
  world: World,
): Promise<Experiment | undefined> {
  const stage = stageOf(experiment);
  const mayHaveTraffic = stage === 'Initializing' || stage === 'Running';
  const isLeft = experiment.metadata.deletionTimestamp && mayHaveTraffic;
  if (!isLeft || !holdsTraffic(experiment)) return experiment;
  return commit(world, experiment, abandon(experiment.status!, world.now()));
}

/** Writes the outcome to the target where it is not there yet, and completes once it is in force. */
async function carryOut(experiment: Experiment, world: World): Promise<void> {
  const target = detectTarget(world.api, world.objects, experiment);
  const sight = await target?.observe();
  const see = (observed: TargetObservation | undefined): Conclusion =>
    conclude(experiment, observed, world.settings, world.now());
  let conclusion = see(sight?.observation);
  if (conclusion.kind === 'Write') {
    conclusion = see(await applyWeights(world, experiment, target!, sight!));
  }
  if (conclusion.kind !== 'Write') await commit(world, experiment, conclusion.plan);
}
