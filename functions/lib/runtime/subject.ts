import { abandonStatus, problemInStatus } from '../experiment/soundStatus.ts';
import { getExperiment } from '../kubernetes/experiments.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import { commit } from './commit.ts';
import { isAbout, type Subject } from './event.ts';
import type { World } from './world.ts';

/**
 * The experiment that an event is about. Undefined where it is gone, or is another of the same name,
 * or where nobody can go on with its status: then it is Finishing from now on.
 */
export async function experimentOf(
  subject: Subject,
  world: World,
): Promise<Experiment | undefined> {
  const experiment = await getExperiment(world.api, subject.namespace, subject.name);
  if (!experiment || !isAbout(experiment, subject)) return undefined;
  const problem = problemInStatus(experiment, world.now());
  if (!problem) return experiment;
  await commit(world, experiment, abandonStatus(experiment, problem, world.now()));
  return undefined;
}
