// What a person or a freeze window does to an experiment before it runs.
import type { Experiment, Outcome } from '../types/experiment.gen.ts';
import { isTrue, mark, summary } from './conditions.ts';
import { acceptEdited, fail } from './accept.ts';
import { decide } from './decide.ts';
import { whyUnfit } from './edits.ts';
import type { Freeze } from './observations.ts';
import { freezeWhole, goOnFrom, pauseNews, SUSPENDED, standStill, whyNotStarted } from './pause.ts';
import type { Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { moveTo, stageOf } from './stages.ts';
import { ROLLBACK_REASON } from './verdict.ts';

/**
 * What comes before anything else for an experiment that is Waiting or Initializing: it is called
 * off, or it stands still. Undefined where it is to go on, and nothing has to be said about it.
 * One that has traffic already does not stand still for a freeze window: once it runs it is watched.
 */
export function beforeRunning(
  experiment: Experiment,
  by: { freeze: Freeze; settings: Settings; hasTraffic: boolean; now: Date },
): Plan | undefined {
  return (
    calledOff(experiment, by.now) ??
    (stageOf(experiment) === 'Waiting'
      ? acceptEdited(experiment, by)
      : brokenOff(experiment, by)) ??
    paused(experiment, by)
  );
}

/** An experiment that has its target and was edited so that it can never run. */
function brokenOff(
  experiment: Experiment,
  by: { freeze: Freeze; settings: Settings; now: Date },
): Plan | undefined {
  const status = experiment.status!;
  const unfit = whyUnfit(experiment, by);
  if (!unfit) return undefined;
  if (!status.versionInfo) return fail(status, unfit, by.now);
  return decide(status, { decision: 'Rollback', ...unfit }, 'start', by.now);
}

function paused(
  experiment: Experiment,
  { freeze, hasTraffic, now }: { freeze: Freeze; hasTraffic: boolean; now: Date },
): Plan | undefined {
  const { spec } = experiment;
  const status = experiment.status!;
  const frozen = hasTraffic ? undefined : whyNotStarted(experiment, freeze);
  const isHeld = spec.suspend || frozen !== undefined;
  if (!isHeld && !isTrue(status, 'Paused')) return undefined;
  const going = isHeld ? status : { ...goOnFrom(status, now), message: 'Resumed' };
  const still = frozen ? freezeWhole(going, { ...frozen, now }) : going;
  const next = spec.suspend ? standStill(status, SUSPENDED, now) : still;
  return { status: next, announcements: pauseNews(status, next) };
}

function calledOff({ spec, status: before }: Experiment, now: Date): Plan | undefined {
  if (spec.verdict !== 'Rollback') return undefined;
  const status = before!;
  const message = 'spec.verdict asks for Rollback';
  const outcome: Outcome = { decision: 'Rollback', reason: ROLLBACK_REASON, message };
  if (status.versionInfo) return decide(status, outcome, 'start', now);
  const ended = { ...moveTo('Completed', 'start', status, now), outcome };
  const text = `Experiment ended before it moved any traffic. ${summary(outcome)}`;
  const told = { reason: 'ExperimentCompleted', message: text };
  const marked = mark(
    ended,
    [
      { type: 'Progressing', status: 'False', reason: ROLLBACK_REASON, message },
      { type: 'Completed', status: 'True', ...told },
    ],
    now,
  );
  return {
    status: { ...marked, message: summary(told) },
    announcements: [{ type: 'Normal', ...told }],
  };
}
