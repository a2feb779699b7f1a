import type { Weight } from '../analysis/weights.ts';
import { sameWeights } from '../experiment/firstWeights.ts';
import type { TargetObservation } from '../experiment/observations.ts';
import { getExperiment } from '../kubernetes/experiments.ts';
import { isFailure } from '../kubernetes/failure.ts';
import type { Sight, Target } from '../targets/port.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import { who } from './commit.ts';
import type { World } from './world.ts';

const ATTEMPTS = 4;

/** The target as it was seen before a write. */
export type Look = Sight & {
  /** Whether the experiment's status was written after this look, so that nobody else's came between. */
  isDecidedSince?: boolean;
};

/**
 * Brings the target to the weights in the experiment's status, where they differ, and gives what
 * is known of it then: whom it serves after a write, only a later look can tell. The target is
 * written only if the experiment, read or written after the target was seen, still wants the same:
 * who decides otherwise later writes the target later. Where the target was written in between, it
 * is seen again. What somebody else has taken over is not written. What the functions may not write
 * is an observation; only an API server that cannot be reached throws.
 */
export async function applyWeights(
  world: World,
  experiment: Experiment,
  target: Target,
  seen: Look,
): Promise<TargetObservation> {
  const weights = experiment.status!.currentWeightDistribution ?? [];
  let sight: Look = seen;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { observation } = sight;
    if (!isOff(observation, weights)) return observation;
    const isWanted = sight.isDecidedSince || (await isStillWanted(world, experiment));
    if (!isWanted) return observation;
    const result = await attemptSplit(world, experiment, sight);
    if (result === 'Written') return withWeights(observation, weights);
    if (result !== 'Conflict') return result;
    sight = await target.observe();
  }
  return sight.observation;
}

/** Whether the target is ours to write and has other weights than these. */
function isOff(seen: TargetObservation, weights: readonly Weight[]): seen is Observed {
  if (seen.kind !== 'Observed' || seen.takenOver !== undefined) return false;
  return weights.length > 0 && !sameWeights(seen.weights, weights);
}

type Observed = Extract<TargetObservation, { kind: 'Observed' }>;

function withWeights({ notReady }: Observed, weights: readonly Weight[]): Observed {
  return { kind: 'Observed', weights: [...weights], ...(notReady && { notReady }) };
}

async function attemptSplit(
  { log }: World,
  experiment: Experiment,
  { split }: Sight,
): Promise<TargetObservation | 'Written' | 'Conflict'> {
  const weights = experiment.status!.currentWeightDistribution ?? [];
  try {
    await split(weights);
    log('weights set', { ...who(experiment), weights: toRecord(weights) });
    return 'Written';
  } catch (error) {
    if (isFailure(error, 'Conflict', 'NotFound')) return 'Conflict';
    if (!isFailure(error, 'Forbidden', 'Invalid')) throw error;
    log('weights refused', { level: 'error', ...who(experiment), reason: error.message });
    return { kind: 'Error', reason: 'TargetForbidden', message: error.message };
  }
}

function toRecord(weights: readonly { name: string; value: number }[]): Record<string, number> {
  return Object.fromEntries(weights.map(({ name, value }) => [name, value]));
}

/** Whether the experiment, read again, is the same and still has the same intent. */
async function isStillWanted({ api }: World, experiment: Experiment): Promise<boolean> {
  const { namespace, name, uid } = experiment.metadata;
  const current = await getExperiment(api, namespace, name);
  return (
    current?.metadata.uid === uid &&
    current.status?.stage === experiment.status!.stage &&
    sameWeights(
      current.status?.currentWeightDistribution ?? [],
      experiment.status!.currentWeightDistribution ?? [],
    )
  );
}
