import type { Experiment, ExperimentSpec } from '../types/experiment.gen.ts';
import type { Freeze } from './observations.ts';
import { problemIf, type Problem } from './problem.ts';
import {
  isCanaryShare,
  isInferenceService,
  resolveTarget,
  weightRefs,
  type WeightRef,
} from './target.ts';
import { badAlgorithm, badStrength } from './validationOfContests.ts';
import { versionNames, versionsOf } from './versions.ts';

export type { Problem };

const MAX_SPEC_BYTES = 64 * 1024;

type Pattern = ExperimentSpec['strategy']['testingPattern'];

/** How many candidates and rewards a testing pattern has, at least and at most. */
const SHAPES: Record<Pattern, { candidates: [number, number]; rewards: [number, number] }> = {
  Canary: { candidates: [1, 1], rewards: [0, 0] },
  Conformance: { candidates: [0, 0], rewards: [0, 0] },
  'A/B': { candidates: [1, 1], rewards: [1, Infinity] },
  'A/B/N': { candidates: [1, Infinity], rewards: [1, Infinity] },
  'A/B/n': { candidates: [1, Infinity], rewards: [1, Infinity] },
};

/**
 * Everything about a spec that keeps it from being run: what the schema cannot say or what an
 * object stored before the schema still may have, and what is not built yet. Empty if it can run.
 */
export function validate(experiment: Experiment, freeze: Freeze = { kind: 'Open' }): Problem[] {
  const { spec } = experiment;
  return [
    ...unsupported(spec),
    ...tooLarge(spec),
    ...misshapen(spec),
    ...badVersions(experiment),
    ...badTarget(experiment),
    ...badTasks(spec),
    ...badSplit(spec),
    ...badFreeze(freeze),
    ...badVerdict(spec),
    ...badStrength(spec),
    ...badAlgorithm(spec),
  ];
}

/** Problems as one line. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

function unsupported({ strategy }: ExperimentSpec): Problem[] {
  const tasks = Object.values(strategy.actions ?? {}).flat();
  return problemIf(
    tasks.length > 0,
    'spec.strategy.actions',
    () =>
      'running actions is not supported by this version of iter8-kserve; remove them: the winner is promoted, or the baseline restored, without any',
  );
}

function tooLarge(spec: ExperimentSpec): Problem[] {
  const bytes = new TextEncoder().encode(JSON.stringify(spec)).length;
  return problemIf(
    bytes > MAX_SPEC_BYTES,
    'spec',
    () => `it has ${bytes} bytes of JSON; at most ${MAX_SPEC_BYTES} are accepted; shorten it`,
  );
}

function misshapen({ strategy, versionInfo, criteria }: ExperimentSpec): Problem[] {
  const pattern = strategy.testingPattern;
  const { candidates, rewards } = SHAPES[pattern];
  const isBlueGreen = strategy.deploymentPattern === 'BlueGreen';
  return [
    ...problemIf(
      isBlueGreen && (versionInfo?.candidates ?? []).length > 1,
      'spec.strategy.deploymentPattern',
      () =>
        'BlueGreen gives one candidate all the traffic; with several use Progressive or FixedSplit',
    ),
    ...(versionInfo
      ? outside('spec.versionInfo.candidates', versionInfo.candidates ?? [], candidates, pattern)
      : []),
    ...outside('spec.criteria.rewards', criteria?.rewards ?? [], rewards, pattern),
  ];
}

function outside(
  field: string,
  items: readonly unknown[],
  [least, most]: [number, number],
  pattern: Pattern,
): Problem[] {
  const expected = least === most ? `exactly ${least}` : `at least ${least}`;
  return problemIf(
    items.length < least || items.length > most,
    field,
    () =>
      `found ${items.length}; ${pattern.startsWith('A') ? 'an' : 'a'} ${pattern} experiment has ${expected}`,
  );
}

function badVersions(experiment: Experiment): Problem[] {
  const { versionInfo } = experiment.spec;
  if (!versionInfo) return [];
  const names = versionNames(versionInfo);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...repeated.map((name) => ({
      field: 'spec.versionInfo',
      message: `version names must be unique; "${name}" is there more than once`,
    })),
    ...badRefs(experiment),
  ];
}

const REFS = 'spec.versionInfo weightObjRef';

function badRefs({ spec, metadata }: Experiment): Problem[] {
  const versionInfo = spec.versionInfo!;
  const paths = versionsOf(versionInfo).map(({ weightObjRef }) => weightObjRef?.fieldPath);
  const wrongPath = paths.find((path) => path && !path.startsWith('.'));
  const refs = weightRefs(versionInfo, metadata.namespace);
  const services = refs.filter(isInferenceService);
  return [
    problemIf(wrongPath !== undefined, REFS, () => `fieldPath "${wrongPath!}" must start with "."`),
    problemIf(
      services.length > 0 && (refs.length > 1 || refs[0]!.version === versionNames(versionInfo)[0]),
      REFS,
      () =>
        'an InferenceService has one weight, its canary share: let the candidate alone refer to it',
    ),
    problemIf(
      services.some((ref) => !isCanaryShare(ref)),
      REFS,
      () => 'the weight of an InferenceService stands at .spec.predictor.canaryTrafficPercent',
    ),
    tooFewRefs(spec, refs.length),
    problemIf(
      refs.length === 0 && versionNames(versionInfo).length > 2,
      REFS,
      () =>
        'an InferenceService has one canary besides its baseline; with more candidates each needs a weight of its own, for instance in a VirtualService',
    ),
    ...refs.map(badNames),
    sharedField(refs.filter((ref) => !isInferenceService(ref))),
  ].flat();
}

/** What the parts of a reference look like; others no object can have. */
const NAMES = {
  apiVersion: /^([a-z0-9][-a-z0-9.]*\/)?[a-z0-9]+$/,
  kind: /^[A-Za-z][A-Za-z0-9]*$/,
  namespace: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  name: /^(?!\.{1,2}$)[^/%\s]{1,253}$/,
} as const;

function badNames(ref: WeightRef): Problem[] {
  const wrong = (Object.keys(NAMES) as (keyof typeof NAMES)[]).find(
    (part) => !NAMES[part].test(ref[part]),
  );
  return problemIf(
    wrong !== undefined,
    REFS,
    () =>
      `${wrong!} of ${ref.version}: found ${JSON.stringify(ref[wrong!])}; no object has such a one`,
  );
}

/** The schema compares references as they are written; one field may be written in many ways. */
function sharedField(refs: readonly WeightRef[]): Problem[] {
  const fields = refs.map(({ apiVersion, kind, namespace, name, fieldPath }) =>
    [apiVersion.split('/')[0], kind, namespace, name, plainPath(fieldPath)].join(' '),
  );
  const index = fields.findIndex((field, place) => fields.indexOf(field) < place);
  return problemIf(
    index >= 0,
    REFS,
    () =>
      `${refs[fields.indexOf(fields[index]!)]!.version} and ${refs[index]!.version} have their weight in the same field, ${refs[index]!.fieldPath}; each needs one of its own`,
  );
}

/** Worked: ".spec['http'][00]" → ".spec.http[0]". */
function plainPath(path: string): string {
  return path.replace(/\[(['"])(.*?)\1\]/g, '.$2').replace(/\[0+(?=\d)/g, '[');
}

const SERVICE_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A name that no InferenceService can have is not waited for. */
function badTarget(experiment: Experiment): Problem[] {
  const { spec, metadata } = experiment;
  const asNew: Experiment = { ...experiment };
  delete asNew.status;
  const target = resolveTarget(asNew);
  const isNamed = !spec.versionInfo || weightRefs(spec.versionInfo, metadata.namespace).length < 1;
  const isWrong =
    isNamed &&
    target.type === 'InferenceService' &&
    !(NAMES.namespace.test(target.namespace) && SERVICE_NAME.test(target.name));
  return problemIf(
    isWrong,
    'spec.target',
    () =>
      `found ${JSON.stringify(spec.target)}; expected the [namespace/]name of an InferenceService, in lower case letters, digits, "-" and "."`,
  );
}

function tooFewRefs({ strategy, versionInfo }: ExperimentSpec, refs: number): Problem[] {
  const needed = versionNames(versionInfo!).length - 1;
  const isLeftAlone = strategy.deploymentPattern === 'FixedSplit' && !strategy.weights.split;
  return problemIf(
    refs > 0 && refs < needed && !isLeftAlone,
    REFS,
    () => `found ${refs} with a fieldPath; all versions but one need one, here ${needed}`,
  );
}

function badTasks({ strategy }: ExperimentSpec): Problem[] {
  return Object.entries(strategy.actions ?? {}).flatMap(([action, tasks]) =>
    tasks.flatMap(({ task, run }, index) =>
      problemIf(
        Boolean(task) === Boolean(run),
        `spec.strategy.actions.${action}[${index}]`,
        () => `found ${task ? 'both task and run' : 'neither task nor run'}; give exactly one`,
      ),
    ),
  );
}

function badSplit({ strategy, versionInfo }: ExperimentSpec): Problem[] {
  const { split } = strategy.weights;
  if (!split) return [];
  const sum = split.reduce((partial, percent) => partial + percent, 0);
  const versions = versionInfo ? versionNames(versionInfo).length : 2;
  const isFixed =
    strategy.deploymentPattern === 'FixedSplit' && strategy.testingPattern !== 'Conformance';
  const field = 'spec.strategy.weights.split';
  return [
    problemIf(!isFixed, field, () => 'only an experiment with FixedSplit has one; remove it'),
    problemIf(sum !== 100, field, () => `adds up to ${sum}; it must add up to 100`),
    problemIf(
      split.length !== versions,
      field,
      () => `has ${split.length} percentages; the experiment has ${versions} versions`,
    ),
  ].flat();
}

function badFreeze(freeze: Freeze): Problem[] {
  if (freeze.kind !== 'Invalid') return [];
  return [{ field: `spec.strategy.freeze.${freeze.field}`, message: freeze.message }];
}

function badVerdict({ strategy, verdict }: ExperimentSpec): Problem[] {
  return problemIf(
    strategy.testingPattern === 'Conformance' && verdict === 'Promote',
    'spec.verdict',
    () => 'a Conformance experiment has nothing to promote; remove it, or set it to Rollback',
  );
}
