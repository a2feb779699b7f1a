// What was seen of one experiment and its target, and what is wrong with it. Nothing here does
// anything: it is told, and judges.
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { STAGES } from '../../functions/lib/experiment/stages.ts';
import type { End, Kind } from './kinds.ts';

/** An experiment as it was at one resourceVersion, as far as it is judged. */
export type Sighting = {
  version: number;
  run: number;
  stage: string;
  completedIterations: number;
  weight: number | undefined;
  decision: string | undefined;
  isSuspended: boolean;
};

/** The target's canaryTrafficPercent from one resourceVersion on. */
export type Share = { version: number; percent: number | undefined };

/** One experiment of the soak. */
export type Life = {
  kind: Kind;
  namespace: string;
  name: string;
  service: string;
  /** When it was begun, and when its end was seen, in milliseconds. */
  begunAt: number;
  endedAt?: number | undefined;
  /** When each act was done. */
  acts: Map<string, number>;
  sightings: Sighting[];
  shares: Share[];
  last?: Experiment;
  isGone: boolean;
  /** What the stand-in of KServe says of the target. */
  rolledOut?: string;
};

/** Notes an experiment that a watch has told of. */
export function see(life: Life, experiment: Experiment): void {
  life.last = experiment;
  const sighting = sightingOf(experiment);
  const before = life.sightings.at(-1);
  const isNews =
    !before || textOf({ ...before, version: 0 }) !== textOf({ ...sighting, version: 0 });
  if (isNews) life.sightings.push(sighting);
}

function sightingOf({ metadata, spec, status = {} }: Experiment): Sighting {
  const { run = 1, stage = 'New', completedIterations = 0, outcome } = status;
  const { suspend } = spec as { suspend?: boolean };
  return {
    ...{ version: Number(metadata.resourceVersion), run, stage, completedIterations },
    weight: status.currentWeightDistribution?.[1]?.value,
    decision: outcome?.decision,
    isSuspended: suspend === true,
  };
}

/** Notes the share that the target's spec has. */
export function seeShare(life: Life, version: number, percent: number | undefined): void {
  const before = life.shares.at(-1);
  if (!before || before.percent !== percent) life.shares.push({ version, percent });
}

function textOf(sighting: Sighting): string {
  return JSON.stringify(sighting);
}

/** Whether it has come to the end that is expected of it, be it the right one or not. */
export function hasEnded({ kind, last, isGone }: Life): boolean {
  if (isGone) return true;
  return last?.status?.stage === 'Completed' && (last.status.run ?? 1) >= kind.end.run;
}

/**
 * What is wrong with a life, a line each; empty where all is right. `isExcused`: a value of the last
 * iteration was kept from the functions, so that nobody could have won.
 */
export function problemsOf(life: Life, isExcused: boolean): string[] {
  return [
    ...endProblems(life, isExcused),
    ...stageProblems(life.sightings),
    ...shareProblems(life),
    ...suspensionProblems(life.sightings),
  ];
}

function endProblems({ kind, last, isGone }: Life, isExcused: boolean): string[] {
  const { end } = kind;
  const status = last?.status ?? {};
  if (isGone !== Boolean(end.isGone)) return [`it is ${isGone ? '' : 'not '}gone`];
  const outcome = outcomeProblems(end, status, isExcused);
  return isGone ? outcome : [...outcome, ...conditionProblems(status)];
}

function outcomeProblems(
  end: End,
  { outcome, completedIterations = 0 }: ExperimentStatus,
  isExcused: boolean,
): string[] {
  if (!outcome) return ['it ended without an outcome'];
  const { iterations = completedIterations } = end;
  const { decision, reason } = outcome;
  return [
    ...(isRightEnd(end, outcome, isExcused)
      ? []
      : [`it ended with ${decision} ${reason}; expected ${end.decision} ${end.reason}`]),
    ...(iterations === completedIterations
      ? []
      : [`it counted ${completedIterations} iterations; expected ${iterations}`]),
  ];
}

/** The last status says what has become of the outcome; one that is gone has none. */
function conditionProblems({ conditions = [], message = '', outcome }: ExperimentStatus): string[] {
  const isTrue = (type: string): boolean =>
    conditions.some((one) => one.type === type && one.status === 'True');
  const isDecided = (decision: string): boolean => outcome?.decision === decision;
  return [
    ...(isTrue('Failed') ? [`it is marked as failed: ${message}`] : []),
    ...(isTrue('Promoted') === isDecided('Promote') ? [] : ['Promoted is wrong']),
    ...(isTrue('RolledBack') === isDecided('Rollback') ? [] : ['RolledBack is wrong']),
  ];
}

function isRightEnd(
  end: End,
  found: { decision: string; reason: string },
  isExcused: boolean,
): boolean {
  if (found.decision === end.decision && found.reason === end.reason) return true;
  const instead = end.decision === 'Keep' ? 'Keep' : 'Rollback';
  return isExcused && found.reason === 'NoWinner' && found.decision === instead;
}

function stageProblems(sightings: readonly Sighting[]): string[] {
  return sightings.slice(1).flatMap((sighting, index) => {
    const before = sightings[index]!;
    if (sighting.run > before.run) return [];
    const isBack = sighting.run < before.run || rankOf(sighting.stage) < rankOf(before.stage);
    const counted = sighting.completedIterations - before.completedIterations;
    return [
      ...(isBack ? [`it went from ${titleOf(before)} back to ${titleOf(sighting)}`] : []),
      ...(counted < 0 || counted > 1 ? [`its iterations changed by ${counted} at once`] : []),
    ];
  });
}

function rankOf(stage: string): number {
  return STAGES.findIndex((one) => one === stage);
}

function titleOf({ run, stage }: Sighting): string {
  return `${stage} of run ${run}`;
}

/** After a decision the target gets the outcome's share at most once, and keeps it. */
function shareProblems({ kind, sightings, shares }: Life): string[] {
  const problems = decisionsOf(sightings).flatMap(({ version, until, decision }) => {
    if (decision === 'Keep') return [];
    const wanted = decision === 'Promote' ? 100 : 0;
    const since = shares.filter((share) => share.version > version && share.version < until);
    const before = shares.findLast((share) => share.version <= version)?.percent;
    const course = [before, ...since.map(({ percent }) => percent)];
    const reached = course.indexOf(wanted);
    const told = `after ${decision} its share was ${course.join(', ')} %`;
    const isLeft = reached >= 0 && course.slice(reached).some((percent) => percent !== wanted);
    const isReached = reached >= 0 || until !== Infinity;
    return [
      ...(isLeft ? [`${told}: the outcome was undone`] : []),
      ...(isReached ? [] : [`${told}: the outcome was never in force`]),
    ];
  });
  const isTouched = kind.end.decision === 'Keep' && shares.length > 1;
  return isTouched ? [...problems, 'the target of a Conformance experiment was written'] : problems;
}

type Decision = { version: number; until: number; decision: string };

/** Each decision with the versions between which it was in force: until another, or another run. */
function decisionsOf(sightings: readonly Sighting[]): Decision[] {
  const changes = sightings.filter(
    (sighting, index) => sighting.decision !== sightings[index - 1]?.decision,
  );
  return changes.flatMap(({ version, decision }, index) =>
    decision === undefined
      ? []
      : [{ version, decision, until: changes[index + 1]?.version ?? Infinity }],
  );
}

/** How often the target was given the share of an outcome after its decision. */
export function outcomeMoves({ sightings, shares }: Life): number {
  return decisionsOf(sightings).reduce((sum, { version, until, decision }) => {
    const wanted = decision === 'Promote' ? 100 : 0;
    const moves = shares.filter(
      (share) => share.version > version && share.version < until && share.percent === wanted,
    );
    return sum + moves.length;
  }, 0);
}

/** While it is suspended, nothing is counted and no weight is decided. */
function suspensionProblems(sightings: readonly Sighting[]): string[] {
  return sightings.slice(1).flatMap((sighting, index) => {
    const before = sightings[index]!;
    if (!before.isSuspended || !sighting.isSuspended || before.stage !== 'Running') return [];
    const isHeld =
      sighting.completedIterations === before.completedIterations &&
      sighting.weight === before.weight;
    return isHeld ? [] : ['it went on while it was suspended'];
  });
}
