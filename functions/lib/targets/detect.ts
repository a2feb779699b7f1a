import { foreignNamespaces, resolveTarget } from '../experiment/target.ts';
import type { Probe } from '../experiment/observations.ts';
import type { Api } from '../kubernetes/client.ts';
import { isFailure } from '../kubernetes/failure.ts';
import { getNamespaceAnnotations } from '../kubernetes/lookups.ts';
import type { Objects } from '../kubernetes/objects.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import { inferenceServiceTarget } from './inferenceService.ts';
import { blindSight, type Target } from './port.ts';
import { weightObjectsTarget } from './weightObjects.ts';

/** On a Namespace: from which others, separated by commas, experiments may act on objects in it. */
export const EXPERIMENTS_FROM = 'iter8.tools/experiments-from';

/**
 * The target of an experiment, with its namespaces' consent asked for before it is probed and what
 * the functions may not do told as an observation. Only an API server that cannot be reached or
 * refuses for now still throws. Undefined where the experiment has nothing to act on.
 */
export function detectTarget(
  api: Api,
  objects: Objects,
  experiment: Experiment,
): Target | undefined {
  const resolved = resolveTarget(experiment);
  if (resolved.type === 'None') return undefined;
  const target =
    resolved.type === 'InferenceService'
      ? inferenceServiceTarget(objects, experiment, resolved)
      : weightObjectsTarget(objects, experiment, resolved.refs);
  const { namespace } = experiment.metadata;
  const foreign = foreignNamespaces(resolved, namespace);
  return {
    probe: () => tell(async () => (await refusal(api, foreign, namespace)) ?? target.probe()),
    observe: () => tellObservation(target, () => withdrawn(api, foreign, experiment)),
  };
}

type Refusal = Extract<Probe, { kind: 'Unsupported' }>;

async function refusal(
  api: Api,
  foreign: readonly string[],
  own: string,
): Promise<Refusal | undefined> {
  for (const namespace of foreign) {
    const annotations = await getNamespaceAnnotations(api, namespace);
    const invited = annotations?.[EXPERIMENTS_FROM]?.split(',').map((name) => name.trim()) ?? [];
    if (!invited.includes(own)) {
      const message = `an experiment in namespace ${own} may not act on objects in namespace ${namespace}; its owner can allow it with: kubectl annotate namespace ${namespace} ${EXPERIMENTS_FROM}=${own}`;
      return { kind: 'Unsupported', reason: 'TargetForbidden', message };
    }
  }
  return undefined;
}

async function tell(probe: Target['probe']): Promise<Probe> {
  try {
    return await probe();
  } catch (error) {
    if (!isFailure(error, 'Forbidden', 'Invalid')) throw error;
    return { kind: 'NotYet', reason: 'TargetForbidden', message: error.message };
  }
}

/** Consent is asked again while the experiment runs, but never keeps traffic from being given back. */
async function withdrawn(
  api: Api,
  foreign: readonly string[],
  { status, metadata }: Experiment,
): Promise<Refusal | undefined> {
  return status?.stage === 'Running' ? refusal(api, foreign, metadata.namespace) : undefined;
}

async function tellObservation(
  target: Target,
  askConsent: () => Promise<Refusal | undefined>,
): ReturnType<Target['observe']> {
  try {
    const refused = await askConsent();
    return refused ? blindSight({ ...refused, kind: 'Error' }) : await target.observe();
  } catch (error) {
    if (!isFailure(error, 'Forbidden', 'Invalid')) throw error;
    return blindSight({ kind: 'Error', reason: 'TargetForbidden', message: error.message });
  }
}
