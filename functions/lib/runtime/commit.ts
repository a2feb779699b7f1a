import { isDeepStrictEqual } from 'node:util';
import { deadlineOf } from '../experiment/deadlines.ts';
import type { Plan } from '../experiment/plan.ts';
import { abandonStatus } from '../experiment/soundStatus.ts';
import type { Settings } from '../experiment/settings.ts';
import { announce } from '../kubernetes/events.ts';
import { holdsTraffic, patchMarks, putStatus } from '../kubernetes/experiments.ts';
import { isFailure } from '../kubernetes/failure.ts';
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import type { World } from './world.ts';

/**
 * Makes a plan the experiment's status if nobody else has written the experiment since it was read,
 * mirrors the stage in its label, and tells what is to be told. Gives the experiment as it is then.
 * Undefined where the race was lost or the experiment is gone: then whoever was first acts. An
 * unchanged status is not written.
 */
export async function commit(
  world: World,
  experiment: Experiment,
  { status: planned, announcements }: Plan,
): Promise<Experiment | undefined> {
  const status = withDeadline(experiment, planned, world.settings);
  const isNews = !isDeepStrictEqual(status, experiment.status);
  const written = isNews
    ? await ifFirst(world, experiment, () => writeOrGiveUp(world, experiment, status))
    : experiment;
  if (!written) return undefined;
  if (isNews) decided(world, written);
  const { now, api } = world;
  const onLost = (reason: string): void => {
    world.log('an Event could not be written', { level: 'warn', ...who(experiment), reason });
  };
  await announce(api, written, announcements, { now: now(), onLost });
  return mirror(world, written);
}

function withDeadline(
  { spec }: Experiment,
  planned: ExperimentStatus,
  settings: Settings,
): ExperimentStatus {
  const status = { ...planned };
  const deadline = deadlineOf({ spec, status }, settings);
  if (deadline) status.deadline = deadline.toISOString();
  else delete status.deadline;
  return status;
}

/** What the API server refuses for good was in the status before: it ends there. */
async function writeOrGiveUp(
  world: World,
  experiment: Experiment,
  status: ExperimentStatus,
): Promise<Experiment | undefined> {
  try {
    return await write(world, experiment, status);
  } catch (error) {
    if (!isFailure(error, 'Invalid')) throw error;
    const found = { field: 'status', message: error.message };
    const { status: ended } = abandonStatus(experiment, found, world.now());
    return putStatus(world.api, experiment, ended);
  }
}

/** The last status goes last: an experiment that still has something to give back stays unfinished. */
async function write(
  { api }: World,
  experiment: Experiment,
  status: ExperimentStatus,
): Promise<Experiment | undefined> {
  if (status.stage !== 'Completed') return putStatus(api, experiment, status);
  const released = await patchMarks(api, experiment, { stage: 'Completed', holdsTraffic: false });
  return released && putStatus(api, released, status);
}

/** The label as the stage has it; where somebody writes in between, a later sweep mends it. */
async function mirror(world: World, experiment: Experiment): Promise<Experiment> {
  const stage = experiment.status?.stage;
  if (!stage) return experiment;
  const marks = { stage, holdsTraffic: holdsTraffic(experiment) };
  const marked = await ifFirst(world, experiment, () => patchMarks(world.api, experiment, marks));
  return marked ?? experiment;
}

/** Puts the finalizer on an experiment that is about to move traffic. Undefined as for {@link commit}. */
export function holdTraffic(world: World, experiment: Experiment): Promise<Experiment | undefined> {
  const stage = experiment.status!.stage!;
  return ifFirst(world, experiment, () =>
    patchMarks(world.api, experiment, { stage, holdsTraffic: true }),
  );
}

async function ifFirst(
  { log }: World,
  experiment: Experiment,
  attempt: () => Promise<Experiment | undefined>,
): Promise<Experiment | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (!isFailure(error, 'Conflict')) throw error;
    log('somebody else was first', who(experiment));
    return undefined;
  }
}

function decided({ log }: World, experiment: Experiment): void {
  const { stage, message, completedIterations, currentWeightDistribution, outcome } =
    experiment.status!;
  const weights = Object.fromEntries(
    (currentWeightDistribution ?? []).map(({ name, value }) => [name, value]),
  );
  const facts = {
    stage,
    completedIterations,
    weights,
    outcome: outcome?.decision,
    reason: message,
  };
  log('decided', { ...who(experiment), ...facts });
}

/** Which experiment, for the log. */
export function who({ metadata }: Experiment): Record<string, string> {
  return { experiment: `${metadata.namespace}/${metadata.name}`, uid: metadata.uid };
}
