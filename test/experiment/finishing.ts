// Experiments that are finishing, and looks at them.
import * as assert from 'uvu/assert';
import { conclude, type Conclusion } from '../../functions/lib/experiment/finish.ts';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  deepFreeze,
  iterated,
  latency,
  observed,
  running,
  settings,
  shares,
} from '../fixtures.ts';

/** One iteration. */
export const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };

/** Finishing since second 25, where the only iteration is due. */
export const promoting = iterated(running({ spec: LAST }), [{}]);
/** Finishing since then, by rollback. */
export const rollingBack = iterated(running({ spec: LAST }), [{ measurements: latency(50, 160) }]);
/** Seconds of the decision, of the times when no late writer can come any more, and of the deadline. */
export const DECIDED = 25;
export const SETTLED =
  DECIDED + settings.handlerDeadlineSeconds + 2 * settings.clockToleranceSeconds;
export const SETTLED_BACK = SETTLED + 2 * settings.handlerDeadlineSeconds;
export const DEADLINE = DECIDED + settings.finishingDeadlineSeconds;

/** Targets as seen: after a promotion, after a rollback, before either. */
export const PROMOTED = observed(shares(0, 100), { servedBy: 'canary' });
export const RESTORED = observed(shares(100, 0), { servedBy: 'default' });
export const BEFORE = observed(shares(99, 1));
/** Told, but not yet seen to serve. */
export const TOLD = observed(shares(0, 100));

/** What a finishing experiment needs at a second, with a target as seen. */
export function concluding(
  experiment: Experiment,
  seen: TargetObservation | undefined,
  seconds: number,
): Conclusion {
  return conclude(deepFreeze(experiment), seen && deepFreeze(seen), settings, at(seconds));
}

/** The plan of a conclusion, which is of this kind. */
export function planOf(conclusion: Conclusion, kind: 'Wait' | 'Complete'): Plan {
  if (conclusion.kind !== kind) throw new Error(`expected ${kind}, found ${conclusion.kind}`);
  return conclusion.plan;
}

/** That a plan completes an experiment and gives this reason. */
export function assertCompleted(plan: Plan, reason: string): void {
  const { status } = plan;
  assert.is(status.stage, 'Completed');
  assert.is(conditionOf(plan, 'Completed')?.status, 'True');
  assert.is(conditionOf(plan, 'Completed')?.reason, 'ExperimentCompleted');
  assert.is(conditionOf(plan, 'Progressing')?.status, 'False');
  assert.is(conditionOf(plan, 'Progressing')?.reason, reason);
  assert.match(status.message!, /^ExperimentCompleted: /);
  assert.match(status.message!, `${reason}: `);
  assert.is(plan.announcements.length, 1);
  assert.is(plan.announcements[0]!.reason, 'ExperimentCompleted');
  assert.match(plan.announcements[0]!.message, `${reason}: `);
}
