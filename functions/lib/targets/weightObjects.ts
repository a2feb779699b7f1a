import { weightOf, type Weight } from '../analysis/weights.ts';
import type { Probe, TargetObservation, Why } from '../experiment/observations.ts';
import type { WeightRef } from '../experiment/target.ts';
import { versionNames } from '../experiment/versions.ts';
import type { AnyObject, Objects } from '../kubernetes/objects.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import { jsonPointer, parseFieldPath, valueAt } from './fieldPath.ts';
import { blindSight, type Sight, type Target } from './port.ts';

/** A reference with what was found at it: the object, and the weight if the field is there. */
type Found = WeightRef & { object: AnyObject; weight: number | undefined };

/** Weights in fields of any objects, one field per version; one version may take what is left. */
export function weightObjectsTarget(
  objects: Objects,
  experiment: Experiment,
  refs: readonly WeightRef[],
): Target {
  return {
    probe: async () => probe(await read(objects, refs), experiment),
    observe: async () => {
      const found = await read(objects, refs);
      if ('reason' in found) return blindSight({ kind: found.kind, ...pick(found) });
      return { observation: observe(found, experiment), split: split(objects, found) };
    },
  };
}

function pick({ reason, message }: Why): Why {
  return { reason, message };
}

type Unreadable = Why & { kind: 'Missing' | 'Error' };

async function read(objects: Objects, refs: readonly WeightRef[]): Promise<Found[] | Unreadable> {
  const seen = new Map<string, Promise<AnyObject | undefined>>();
  const found: Found[] = [];
  for (const ref of refs) {
    const key = titleOf(ref);
    const reading = seen.get(key) ?? objects.get(ref);
    seen.set(key, reading);
    const object = await reading;
    if (!object || object.metadata.deletionTimestamp) {
      const message = `${key}, named by the weightObjRef of ${ref.version}, does not exist`;
      return { kind: 'Missing', reason: 'TargetNotFound', message };
    }
    const weight = weightIn(object, ref);
    if (typeof weight === 'string')
      return { kind: 'Error', reason: 'TargetUnreadable', message: weight };
    found.push({ ...ref, object, weight });
  }
  return found;
}

function titleOf({ kind, apiVersion, namespace, name }: WeightRef): string {
  return `${kind} ${namespace}/${name} (${apiVersion})`;
}

/** The weight at a reference, undefined where the last field is not set yet, or a text why it cannot be. */
function weightIn(object: AnyObject, ref: WeightRef): number | undefined | string {
  const steps = parseFieldPath(ref.fieldPath);
  const where = `${titleOf(ref)}: fieldPath ${ref.fieldPath}`;
  if (!steps) return `${where} cannot be read; expected for instance .spec.http[0].route[1].weight`;
  const parent = valueAt(object, steps.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) return `${where} leads nowhere in the object`;
  const value = valueAt(object, steps);
  if (value === undefined || value === null) return undefined;
  return Number.isInteger(value)
    ? (value as number)
    : `${where} holds ${JSON.stringify(value).slice(0, 100)}; expected a whole number`;
}

function probe(found: Found[] | Unreadable, { spec }: Experiment): Probe {
  if ('reason' in found) return { kind: 'NotYet', ...pick(found) };
  return {
    kind: 'Identified',
    target: {
      type: 'WeightObjects',
      originals: found.map(({ apiVersion, kind, namespace, name, fieldPath, weight }) => ({
        ...{ apiVersion, kind, namespace, name, fieldPath },
        ...(weight !== undefined && { value: weight }),
      })),
    },
    versionInfo: spec.versionInfo!,
    weights: keepable(versionNames(spec.versionInfo!), found),
  };
}

/** The weights found, if they are all there and add up to 100: only then can they be kept. */
function keepable(versions: readonly string[], found: readonly Found[]): Weight[] | undefined {
  const isWhole = found.every(({ weight }) => weight !== undefined);
  const weights = weightsOf(versions, found);
  const sum = weights.reduce((partial, { value }) => partial + value, 0);
  return isWhole && sum === 100 ? weights : undefined;
}

/** The weights by version; the one version that has no field takes what is left of 100. */
function weightsOf(versions: readonly string[], found: readonly Found[]): Weight[] {
  const known = found.map(({ version, weight }) => ({ name: version, value: weight ?? 0 }));
  const rest = 100 - known.reduce((sum, { value }) => sum + value, 0);
  return versions.map((name) => {
    const isKnown = found.some(({ version }) => version === name);
    return { name, value: isKnown ? weightOf(name, known) : rest };
  });
}

function observe(found: readonly Found[], { status }: Experiment): TargetObservation {
  const weights = weightsOf(versionNames(status!.versionInfo!), found);
  const only = weights.filter(({ value }) => value !== 0);
  const servedBy = only.length === 1 ? only[0]!.name : undefined;
  return { kind: 'Observed', weights, servedBy };
}

/** One patch per object, refused as a whole by the API server where the object was written since. */
function split(objects: Objects, found: readonly Found[]): Sight['split'] {
  return async (weights) => {
    for (const group of Map.groupBy(found, titleOf).values()) {
      const { object } = group[0]!;
      const version = object.metadata.resourceVersion;
      const changes = group.map((ref) => changeOf(ref, weightOf(ref.version, weights)));
      const guard = { op: 'replace', path: '/metadata/resourceVersion', value: version };
      await objects.patch(group[0]!, [guard, ...changes], 'application/json-patch+json');
    }
  };
}

function changeOf({ fieldPath, weight }: Found, value: number): object {
  const steps = parseFieldPath(fieldPath)!;
  return { op: weight === undefined ? 'add' : 'replace', path: jsonPointer(steps), value };
}
