// Whether a status is one that the functions can have written. Who else may write statuses, or an
// older version, may have left anything in it; what follows is what the functions go by.
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import { isTrue } from './conditions.ts';
import { withOutcome } from './decide.ts';
import { lockOf } from './edits.ts';
import { allTo, sameWeights } from './firstWeights.ts';
import type { Plan } from './plan.ts';
import { firstProblem, SHAPES } from './statusShape.ts';
import { describeProblems, type Problem } from './validation.ts';
import { versionNames } from './versions.ts';

/**
 * What about a status the functions cannot have written and so cannot go on with; undefined where it
 * is sound. That of a completed experiment is not looked at: nothing follows from it.
 */
export function problemInStatus({ status }: Experiment, now: Date): Problem | undefined {
  if (!isObject(status) || status.stage === undefined || status.stage === 'Completed') {
    return undefined;
  }
  return firstProblem(status, now) ?? incomplete(status) ?? contradiction(status);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What a status must have from a stage on. */
const NEEDED: Readonly<Record<string, readonly (keyof ExperimentStatus)[]>> = {
  Waiting: ['stageStartTime', 'target'],
  Initializing: ['stageStartTime', 'target'],
  Running: ['stageStartTime', 'target', 'versionInfo', 'startTime'],
  Finishing: ['stageStartTime', 'versionInfo', 'outcome'],
};

function incomplete(status: ExperimentStatus): Problem | undefined {
  const { stage, target, currentWeightDistribution = [] } = status;
  const missing = NEEDED[stage!]!.find((field) => status[field] === undefined);
  if (missing) return problem(missing, `missing in stage ${stage!}`);
  if (stage !== 'Finishing' && !target!.lock) {
    return problem('target.lock', `missing in stage ${stage!}`);
  }
  const isService = target?.type === 'InferenceService';
  const isSplit = isService && currentWeightDistribution.length > 0;
  return isSplit && !target.candidateRevision
    ? problem('target.candidateRevision', 'missing, but there are weights')
    : undefined;
}

function contradiction(status: ExperimentStatus): Problem | undefined {
  const { versionInfo, target } = status;
  if (!versionInfo) return undefined;
  const versions = versionNames(versionInfo);
  if (new Set(versions).size < versions.length) {
    return problem('versionInfo', 'two versions have the same name');
  }
  if (target?.candidateRevision && versions.length < 2) {
    return problem('versionInfo.candidates', 'missing, but the target has a candidate');
  }
  return (
    wrongWeights(status, versions) ?? wrongOutcome(status, versions) ?? countedTooEarly(status)
  );
}

function wrongWeights(
  { currentWeightDistribution: weights = [] }: ExperimentStatus,
  versions: readonly string[],
): Problem | undefined {
  if (weights.length === 0) return undefined;
  const names = weights.map(({ name }) => name).join(', ');
  const sum = weights.reduce((partial, { value }) => partial + value, 0);
  const field = 'currentWeightDistribution';
  if (names !== versions.join(', ')) {
    return problem(field, `is for ${names}; the versions are ${versions.join(', ')}`);
  }
  return sum === 100 ? undefined : problem(field, `adds up to ${sum}; it must add up to 100`);
}

function wrongOutcome(
  { stage, outcome, currentWeightDistribution: weights = [] }: ExperimentStatus,
  versions: readonly string[],
): Problem | undefined {
  if (stage !== 'Finishing' || outcome!.decision === 'Keep' || weights.length === 0) {
    return undefined;
  }
  const { version = '(none)', decision } = outcome!;
  if (!versions.includes(version)) {
    return problem('outcome.version', `is ${version}; the versions are ${versions.join(', ')}`);
  }
  return sameWeights(weights, allTo(version, versions))
    ? undefined
    : problem('currentWeightDistribution', `is not what the outcome, ${decision}, asks for`);
}

/** What came before the start would be counted, and who knows how much of it. */
function countedTooEarly({ startTime, countedUntil }: ExperimentStatus): Problem | undefined {
  if (!startTime || !countedUntil || new Date(countedUntil) >= new Date(startTime)) {
    return undefined;
  }
  return problem('countedUntil', `is before startTime, ${startTime}`);
}

function problem(field: string, message: string): Problem {
  return { field: `status.${field}`, message };
}

/**
 * An experiment whose status has a problem: Finishing and Failed, with reason InvalidStatus. Where
 * what can be believed of its status tells beyond doubt which version is the baseline of the target
 * that the spec names, and that the experiment held it, the baseline gets its traffic back; else the
 * target is left as it is.
 */
export function abandonStatus(experiment: Experiment, found: Problem, now: Date): Plan {
  const kept = believable(experiment, now);
  const restored = isRestorable(experiment, kept) ? restore(kept) : undefined;
  const what = restored
    ? `${restored.versionInfo!.baseline.name} gets all traffic`
    : 'the target is left as it is; look whether its weights are right';
  const message = `${describeProblems([found])}; the functions have not written this, so the experiment ends and ${what}`;
  const finishing: ExperimentStatus = {
    ...pick(kept, FACTS),
    ...(restored ?? LEFT_ALONE),
    stage: 'Finishing',
  };
  const decision = restored ? 'Rollback' : 'Keep';
  return withOutcome(finishing, { decision, reason: 'InvalidStatus', message }, now);
}

const FACTS = ['run', 'initTime', 'startTime', 'completedIterations', 'conditions'] as const;
const TARGET = ['versionInfo', 'target'] as const;

const LEFT_ALONE: ExperimentStatus = { versionInfo: { baseline: { name: 'default' } } };

function restore(kept: ExperimentStatus): ExperimentStatus {
  const versionInfo = kept.versionInfo!;
  const weights = allTo(versionInfo.baseline.name, versionNames(versionInfo));
  return { ...pick(kept, TARGET), currentWeightDistribution: weights };
}

/** The fields of a status that are what they should be, each by itself. */
function believable({ status }: Experiment, now: Date): ExperimentStatus {
  const fields = Object.entries(status ?? {}).filter(([name, value]) => {
    return Object.hasOwn(SHAPES, name) && SHAPES[name]!(value, now) === undefined;
  });
  return Object.fromEntries(fields);
}

function pick(
  status: ExperimentStatus,
  names: readonly (keyof ExperimentStatus)[],
): ExperimentStatus {
  const known = names.filter((name) => status[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, status[name]]));
}

/** Whether the baseline, and that the target was the experiment's to split, are beyond doubt. */
function isRestorable(experiment: Experiment, kept: ExperimentStatus): boolean {
  const { versionInfo, target } = kept;
  return (
    versionInfo?.candidates !== undefined &&
    versionInfo.candidates.length > 0 &&
    contradiction(pick(kept, TARGET)) === undefined &&
    isTrue(kept, 'TargetAcquired') &&
    target?.lock === lockOf(experiment) &&
    (target.type !== 'InferenceService' || target.candidateRevision !== undefined)
  );
}
