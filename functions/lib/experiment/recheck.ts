// Looks at a running experiment between its iterations.
import type { Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import { mark, summary } from './conditions.ts';
import { lastDeadlineOf } from './deadlines.ts';
import { decide } from './decide.ts';
import { looksElsewhere, UNFIT, whyUnfit } from './edits.ts';
import { healthOf } from './health.ts';
import { changed, rollbackFor, type Circumstances } from './iterate.ts';
import { isDue, isTooFarAway } from './nextStep.ts';
import type { TargetObservation, Why } from './observations.ts';
import { targetTrouble } from './outcome.ts';
import {
  goOnFrom,
  isSuspended,
  pauseNews,
  standStill,
  SUSPENDED,
  waitFor,
  withClock,
} from './pause.ts';
import type { Plan } from './plan.ts';
import { watchReadiness } from './readiness.ts';
import { intervalOf, type Settings } from './settings.ts';
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
  const gone = looksElsewhere(experiment) ? undefined : targetTrouble(target);
  if (gone) return decide(status, gone, 'iterate', by.now);
  const unfit = whyUnfit(experiment, by);
  const asked = outcomeAskedFor(experiment, target);
  // What a spec means that cannot be gone by, nobody knows: its windows may be in force.
  const isPossible = asked && !(unfit && asked.decision !== 'Rollback');
  const gate = isPossible ? gateFor(experiment, asked, by) : undefined;
  if (gate?.kind === 'Open') return decide(status, gate.outcome, 'iterate', by.now);
  if (experiment.spec.suspend) return suspended(status, { target, unfit }, by.now);
  return unsuspended(experiment, { target, gate, unfit }, by);
}

function unsuspended(
  experiment: Experiment,
  {
    target,
    gate,
    unfit,
  }: { target: TargetObservation; gate: Closed | undefined; unfit: Why | undefined },
  { settings, now }: Around,
): Plan {
  const before = experiment.status!;
  const readiness = watchReadiness(before, target, now);
  const watched = { ...before, target: readiness.target };
  const isHeld = unfit && before.pausedSince;
  const resumed = isSuspended(before) || isHeld ? resume(watched, gate, now) : watched;
  const status = withNextTime(resumed, intervalOf(experiment, settings), now);
  const late = unfit && leftUnfit({ ...experiment, status }, unfit, settings, now);
  const outcome = rollbackFor(readiness.trouble) ?? late;
  if (outcome) return decide(status, outcome, 'iterate', now);
  const sound = unfit ? status : mended(status, target, now);
  const waiting = gate ? waitFor({ ...sound, ...gate.status }, gate.why, now) : sound;
  if (!unfit) return told(before, waiting);
  const message = `${unfit.message}; the weights are held until it is changed back`;
  return held(before, waiting, { ...unfit, message }, now);
}

/** The outcome where a spec has not been mended by the end of the run, or of the wait at its gate. */
function leftUnfit(
  experiment: Experiment,
  { message }: Why,
  settings: Settings,
  now: Date,
): Outcome | undefined {
  const deadline = lastDeadlineOf(experiment, settings);
  if (!deadline || now < deadline) return undefined;
  const text = `the spec was not mended before ${deadline.toISOString()}: ${message}`;
  return { decision: 'Rollback', reason: 'DeadlineExceeded', message: text };
}

/** Where somebody shortened the interval, the next iteration does not wait for the end of the old one. */
function withNextTime(status: ExperimentStatus, interval: number, now: Date): ExperimentStatus {
  if (!isTooFarAway(status, interval, now)) return status;
  return { ...status, nextIterationTime: after(now, interval).toISOString() };
}

/** A person holds it: not even a candidate that is not ready moves any traffic, but it is told. */
function suspended(
  before: ExperimentStatus,
  { target, unfit }: { target: TargetObservation; unfit: Why | undefined },
  now: Date,
): Plan {
  const watched = { ...before, target: watchReadiness(before, target, now).target };
  const status = standStill(watched, SUSPENDED, now);
  const notReady = target.kind === 'Observed' ? target.notReady : undefined;
  if (!notReady) return told(before, unfit ? status : withHealth(status, target, now));
  const message = `${notReady}; spec.suspend holds the weights all the same`;
  return held(before, status, { reason: 'CandidateNotReady', message }, now);
}

/** What a look at the target alone has found, it also finds to be over. */
function withHealth(
  status: ExperimentStatus,
  target: TargetObservation,
  now: Date,
): ExperimentStatus {
  const known = readinessOf(status);
  if (known !== UNFIT && known !== 'CandidateNotReady') return status;
  return mark(status, [healthOf(status, target, {})], now);
}

function readinessOf({ conditions }: ExperimentStatus): string | undefined {
  return conditions?.find(({ type }) => type === 'Ready')?.reason;
}

const GOES_ON = 'the next iteration comes when it is due';

function mended(status: ExperimentStatus, target: TargetObservation, now: Date): ExperimentStatus {
  const seen = withHealth(status, target, now);
  return readinessOf(status) === UNFIT ? { ...seen, message: `Mended: ${GOES_ON}` } : seen;
}

function resume(status: ExperimentStatus, gate: Closed | undefined, now: Date): ExperimentStatus {
  const going = gate ? withClock(status, now) : goOnFrom(status, now);
  // Nobody has asked the metrics in between.
  const target = { ...going.target };
  delete target.noDataSince;
  return { ...going, target, message: `Resumed: ${GOES_ON}` };
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
