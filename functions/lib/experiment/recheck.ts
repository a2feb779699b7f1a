// Looks at a running experiment between its iterations.
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import { mark, summary } from './conditions.ts';
import { decide } from './decide.ts';
import { whyUnfit } from './edits.ts';
import { changed, rollbackFor, type Circumstances } from './iterate.ts';
import { isDue, isTooFarAway } from './nextStep.ts';
import type { TargetObservation, Why } from './observations.ts';
import { overdue, targetTrouble } from './outcome.ts';
import { goOnFrom, isSuspended, pauseNews, standStill, SUSPENDED, waitFor } from './pause.ts';
import type { Plan } from './plan.ts';
import { watchReadiness } from './readiness.ts';
import { intervalOf } from './settings.ts';
import { after } from './time.ts';
import { gateFor, outcomeAskedFor, type Gate } from './verdict.ts';

type Around = Omit<Circumstances, 'random'>;

type Closed = Extract<Gate, { kind: 'Closed' }>;

/**
 * Whether the metrics are to be looked at now: an iteration is due, nobody holds the experiment or
 * has decided it, and its spec can be gone by.
 */
export function isIterationDue(
  experiment: Experiment,
  target: TargetObservation,
  by: Around,
): boolean {
  const { spec, status } = experiment;
  const isHeld = spec.suspend || isSuspended(status);
  if (!isDue(status!, by.now) || isHeld || whyUnfit(experiment, by)) return false;
  const asked = outcomeAskedFor(experiment, target);
  return !asked || gateFor(experiment, asked, by).kind === 'Closed';
}

/**
 * A look at the target alone, where no iteration is due or nothing is to be iterated: no metric is
 * queried and nothing is counted. It ends an experiment whose target is in trouble or for which
 * somebody asks for an outcome, and holds one that is suspended or that was edited amiss.
 */
export function recheck(experiment: Experiment, target: TargetObservation, by: Around): Plan {
  const status = experiment.status!;
  const gone = targetTrouble(target);
  if (gone) return decide(status, gone, 'iterate', by.now);
  const asked = outcomeAskedFor(experiment, target);
  const gate = asked && gateFor(experiment, asked, by);
  if (gate?.kind === 'Open') return decide(status, gate.outcome, 'iterate', by.now);
  if (experiment.spec.suspend) return suspended(status, target, by.now);
  return unsuspended(experiment, { target, gate }, by);
}

function unsuspended(
  experiment: Experiment,
  { target, gate }: { target: TargetObservation; gate: Closed | undefined },
  { settings, now, freeze }: Around,
): Plan {
  const before = experiment.status!;
  const readiness = watchReadiness(before, target, now);
  const watched = { ...before, target: readiness.target };
  const resumed = isSuspended(before) ? resume(watched, now) : watched;
  const status = withNextTime(resumed, intervalOf(experiment, settings), now);
  const unfit = whyUnfit(experiment, { freeze, settings });
  const outcome =
    rollbackFor(readiness.trouble) ?? (unfit && overdue(experiment, status, settings, now));
  if (outcome) return decide(status, outcome, 'iterate', now);
  const waiting = gate ? waitFor({ ...status, ...gate.status }, gate.why, now) : status;
  if (!unfit) return told(before, waiting);
  const message = `${unfit.message}; the weights are held until it is changed back`;
  return held(before, waiting, { ...unfit, message }, now);
}

/** Where somebody shortened the interval, the next iteration does not wait for the end of the old one. */
function withNextTime(status: ExperimentStatus, interval: number, now: Date): ExperimentStatus {
  if (!isTooFarAway(status, interval, now)) return status;
  return { ...status, nextIterationTime: after(now, interval).toISOString() };
}

/** A person holds it: not even a candidate that is not ready moves any traffic, but it is told. */
function suspended(before: ExperimentStatus, target: TargetObservation, now: Date): Plan {
  const watched = { ...before, target: watchReadiness(before, target, now).target };
  const status = standStill(watched, SUSPENDED, now);
  const notReady = target.kind === 'Observed' ? target.notReady : undefined;
  if (!notReady) return told(before, readyAgain(status, now));
  const message = `${notReady}; spec.suspend holds the weights all the same`;
  return held(before, status, { reason: 'CandidateNotReady', message }, now);
}

function readyAgain(status: ExperimentStatus, now: Date): ExperimentStatus {
  const isKnown = status.conditions?.some(({ reason }) => reason === 'CandidateNotReady');
  const ready = { type: 'Ready', status: 'True', reason: 'TargetReady' } as const;
  return isKnown ? mark(status, [ready], now) : status;
}

function resume(status: ExperimentStatus, now: Date): ExperimentStatus {
  return { ...goOnFrom(status, now), message: 'Resumed: the next iteration comes when it is due' };
}

function held(before: ExperimentStatus, status: ExperimentStatus, why: Why, now: Date): Plan {
  const ready = { type: 'Ready', status: 'False', ...why } as const;
  const { announcements } = told(before, status);
  return {
    status: { ...mark(status, [ready], now), message: summary(why) },
    announcements: [...announcements, ...changed(before, ready, true)],
  };
}

function told(before: ExperimentStatus, status: ExperimentStatus): Plan {
  return { status, announcements: pauseNews(before, status) };
}
