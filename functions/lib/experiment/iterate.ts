import type { Random } from '../analysis/random.ts';
import type { Weight } from '../analysis/weights.ts';
import type { Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import { analyse, type Findings } from './analyse.ts';
import { mark, progress } from './conditions.ts';
import { decide } from './decide.ts';
import { hasErrors, violations } from './evidence.ts';
import { sameWeights } from './firstWeights.ts';
import { decode } from '../analysis/knowledge.ts';
import { healthOf } from './health.ts';
import { withPoint } from './history.ts';
import type { Freeze, Measurements, Tallies, TargetObservation, Why } from './observations.ts';
import { finalOutcome, targetTrouble, tooManyErrors, violationOf } from './outcome.ts';
import {
  freezeWhole,
  goOnFrom,
  isFrozenWhole,
  openingOf,
  pauseNews,
  waitFor,
  withClock,
} from './pause.ts';
import type { Announcement, Plan } from './plan.ts';
import { watchData, watchReadiness } from './readiness.ts';
import { edgeWarning, needAtLook } from './need.ts';
import type { LookProof } from './proof.ts';
import { PROVED_REASON, SHARED_REASON } from './provenEvidence.ts';
import { versionNames } from './versions.ts';
import { intervalOf, type Settings } from './settings.ts';
import { termsNews, termsOf } from './terms.ts';
import { after } from './time.ts';
import { gateFor, gateStillClosed, outcomeAskedFor, type Gate } from './verdict.ts';

/** What an iteration has seen. `evaluationTime` is that of all its queries. */
export type Observations = {
  target: TargetObservation;
  measurements: Measurements;
  /** What was counted since the last look, of metrics that decisions are to be proved by. */
  tallies: Tallies;
  evaluationTime: Date;
};

/** What an iteration may use besides the experiment and what it saw. */
export type Circumstances = { settings: Settings; now: Date; random: Random; freeze: Freeze };

/** One look: what was found, and the status that it leads to, whatever the outcome. */
type Look = {
  findings: Findings;
  seen: Observations;
  counted: ExperimentStatus;
  /** Whether it counts as an iteration. */
  isCounted: boolean;
};

/**
 * One iteration of a running experiment: its analysis and evidence, the weights to be in force from
 * now on, and the outcome where there is one. What could not be read, and what is seen while all of
 * the experiment is frozen, does not count as an iteration. Pure: the same input gives the same plan.
 */
export function plan(experiment: Experiment, seen: Observations, by: Circumstances): Plan {
  const status = experiment.status!;
  const gone = targetTrouble(seen.target);
  if (gone) return decide(status, gone, 'iterate', by.now);
  const findings = analyse(experiment, seen, by);
  const readiness = watchReadiness(status, seen.target, by.now);
  const data = watchData(experiment, readiness.target, seen.measurements, by);
  const isError = hasErrors(findings.evidence);
  const isCounted = !isError && !isFrozenWhole(experiment, by.freeze);
  const found = { ...findings.status, target: data.target };
  const counted = count(experiment, { found, isCounted, isError }, seen, by);
  const look = { findings, seen, counted, isCounted };
  const retreat = rollbackFor(readiness.trouble ?? data.trouble) ?? retreatFrom(experiment, look);
  if (retreat) return end(experiment, look, retreat, by.now);
  const gate = gateAt(experiment, look, by);
  if (gate?.kind === 'Open') return end(experiment, look, gate.outcome, by.now);
  return goOn(experiment, look, by, gate);
}

/** What stands between a look's outcome and its being carried out, where there is an outcome. */
function gateAt(experiment: Experiment, look: Look, by: Circumstances): Gate | undefined {
  const { findings, seen } = look;
  const wanted = outcomeAskedFor(experiment, seen.target) ?? finalOutcome(experiment, look, by);
  if (!wanted) return undefined;
  // While the clock stood still, no time to answer has passed.
  const going = { ...experiment, status: withClock(experiment.status!, by.now) };
  return gateStillClosed(going, wanted, findings, by) ?? gateFor(going, wanted, by);
}

function retreatFrom(experiment: Experiment, { findings, counted }: Look): Outcome | undefined {
  const { evidence } = findings;
  return violationOf(experiment, evidence) ?? tooManyErrors(experiment.spec, counted, evidence);
}

/** The outcome where there is lasting trouble with the candidate. */
export function rollbackFor(trouble: Why | undefined): Outcome | undefined {
  return trouble && { decision: 'Rollback', ...trouble };
}

type Found = { found: Partial<ExperimentStatus>; isCounted: boolean; isError: boolean };

function count(
  { status, spec, metadata }: Experiment,
  { found, isCounted, isError }: Found,
  { evaluationTime }: Observations,
  { now }: Circumstances,
): ExperimentStatus {
  return {
    ...status,
    ...found,
    completedIterations: (status!.completedIterations ?? 0) + (isCounted ? 1 : 0),
    consecutiveErrors: isError ? (status!.consecutiveErrors ?? 0) + 1 : 0,
    lastUpdateTime: now.toISOString(),
    evaluationTime: evaluationTime.toISOString(),
    observedGeneration: metadata.generation,
    terms: termsOf(spec),
  };
}

/** The weights that would have come next never come into force: those before them are what is left. */
function end({ status }: Experiment, look: Look, outcome: Outcome, now: Date): Plan {
  const { currentWeightDistribution } = status!;
  const counted = { ...look.counted, currentWeightDistribution };
  const decided = decide(counted, outcome, 'iterate', now);
  const weak: Announcement[] =
    outcome.decision === 'Promote' &&
    outcome.reason === 'CandidateWon' &&
    !isAllProved(outcome.version!, look)
      ? [{ type: 'Warning', reason: 'WeakEvidence', message: weakness(outcome.version!) }]
      : [];
  const announcements = [...edits(status!, look.counted), ...decided.announcements, ...weak];
  return { status: remembering(decided.status, look, now), announcements };
}

/** A warning where a histogram has no edge at the limit of its quantile, once the edges are known. */
function edgeNews(before: ExperimentStatus, proof: LookProof | undefined): Announcement[] {
  const known = decode(before.analysis?.state, versionNames(before.versionInfo!).length);
  const subjects = proof?.objectives ?? [];
  return subjects.flatMap((subject, index) => {
    const { edges, key } = proof!.knowledge.objectives[index]!;
    const isNew = (known?.objectives.find((one) => one.key === key)?.edges ?? []).length === 0;
    const message = isNew && edges.length > 0 ? edgeWarning(subject, edges) : undefined;
    return message ? [{ type: 'Warning', reason: 'LimitBetweenEdges', message }] : [];
  });
}

/** Whether all that was asked of a version is proved, rather than read off its latest values. */
function isAllProved(version: string, { findings }: Look): boolean {
  const own = findings.evidence.filter(
    (one) => one.version === version && one.role === 'Objective',
  );
  return findings.proof !== undefined && own.every(({ reason }) => reason === PROVED_REASON);
}

function weakness(version: string): string {
  return `${version} is promoted because its latest values lie within the limits; how sure that is was not computed`;
}

function edits(before: ExperimentStatus, counted: ExperimentStatus): Announcement[] {
  return termsNews(before.terms, counted.terms!);
}

/** The status with its history, which has one point for each iteration that counts. */
function remembering(status: ExperimentStatus, look: Look, now: Date): ExperimentStatus {
  if (!look.isCounted) return status;
  return { ...status, history: withPoint(status, look.findings.evidence, now) };
}

function goOn(
  experiment: Experiment,
  look: Look,
  by: Circumstances,
  gate: Extract<Gate, { kind: 'Closed' }> | undefined,
): Plan {
  const { findings, seen } = look;
  const before = experiment.status!;
  const told = progressOf(experiment, look);
  const health = healthOf(before, seen.target, seen.measurements);
  const need = needAtLook(experiment, look, by.settings);
  const marks = [health, told.mark, ...(need ? [need] : [])];
  const marked = progress(mark(look.counted, marks, by.now), told, by.now);
  const waiting = paused(experiment, { status: marked, isCounted: look.isCounted }, by, gate);
  const status: ExperimentStatus = {
    ...remembering(waiting, look, by.now),
    nextIterationTime: nextTime(experiment, by.settings, by.now).toISOString(),
  };
  const announcements = [
    ...edits(before, look.counted),
    ...pauseNews(before, status),
    ...changed(before, told.mark, told.isWorry),
    ...changed(before, health, health.status === 'False'),
    ...(need ? changed(before, need, need.status === 'False') : []),
    ...edgeNews(before, findings.proof),
    ...weightChange(before.currentWeightDistribution ?? [], findings.weights),
  ];
  return { status, announcements };
}

/** The status with what the experiment waits for, if it waits. */
function paused(
  experiment: Experiment,
  { status, isCounted }: { status: ExperimentStatus; isCounted: boolean },
  { freeze, now }: Circumstances,
  gate: Extract<Gate, { kind: 'Closed' }> | undefined,
): ExperimentStatus {
  if (freeze.kind === 'Frozen' && isFrozenWhole(experiment, freeze)) {
    const message = `no weight rises and no iteration is counted until ${openingOf(freeze)}`;
    return freezeWhole(status, { freeze, message, now });
  }
  if (gate) return waitFor({ ...withClock(status, now), ...gate.status }, gate.why, now);
  // A look without an answer says nothing of whether a promotion still waits.
  if (!isCounted && !status.pausedSince) return status;
  const going = { ...goOnFrom(status, now) };
  if (isCounted) delete going.approvalDeadline;
  return going;
}

type Told = Why & {
  mark: { type: 'Progressing'; status: 'True'; reason: string; message: string };
  isWorry: boolean;
};

function progressOf({ spec, status }: Experiment, { counted, findings }: Look): Told {
  const { completedIterations, consecutiveErrors } = counted;
  const done = hasErrors(findings.evidence)
    ? {
        reason: 'MetricsUnavailable',
        message: `${consecutiveErrors!} of ${spec.criteria!.consecutiveErrorLimit} looks in a row without an answer; the weights are held and the iteration is repeated`,
      }
    : {
        reason: 'IterationUpdate',
        message: `Completed Iteration ${completedIterations!}`,
      };
  const shared =
    violations(status!.versionInfo!.baseline.name, findings.evidence).find(
      ({ isShared }) => isShared,
    )?.evidence ?? findings.evidence.find(({ reason }) => reason === SHARED_REASON);
  const why =
    findings.mismatch ??
    (shared && {
      reason: 'BothViolate',
      message: `baseline and candidate violate the same objective, which proves nothing about the candidate; weights are held (${shared.message})`,
    });
  const marked = { type: 'Progressing', status: 'True', ...(why ?? done) } as const;
  return { ...done, mark: marked, isWorry: why !== undefined };
}

/** A warning where a condition has a new reason to worry about. */
export function changed(
  before: ExperimentStatus,
  { type, reason, message = '' }: { type: string; reason: string; message?: string },
  isWorry: boolean,
): Announcement[] {
  const known = before.conditions?.some((one) => one.type === type && one.reason === reason);
  return isWorry && !known ? [{ type: 'Warning', reason, message }] : [];
}

function weightChange(before: readonly Weight[], next: readonly Weight[]): Announcement[] {
  if (sameWeights(before, next)) return [];
  const message = next.map(({ name, value }) => `${name} ${value} %`).join(', ');
  return [{ type: 'Normal', reason: 'WeightsChanged', message }];
}

/**
 * The next iteration comes one interval after this one was due, so that intervals do not grow by
 * the tick's phase; after an outage, one interval from now, so that nothing is made up for in a rush.
 */
function nextTime(experiment: Experiment, settings: Settings, now: Date): Date {
  const interval = intervalOf(experiment, settings);
  const regular = after(experiment.status!.nextIterationTime ?? now, interval);
  return regular > now ? regular : after(now, interval);
}
