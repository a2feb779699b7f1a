// What people do to an experiment on its way, and what the functions make of it then.
import { beforeRunning } from '../../functions/lib/experiment/beforeRunning.ts';
import type { Freeze, TargetObservation } from '../../functions/lib/experiment/observations.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import { isIterationDue, recheck } from '../../functions/lib/experiment/recheck.ts';
import type {
  Approval,
  Experiment,
  ExperimentSpec,
  FreezeRules,
} from '../../functions/lib/types/experiment.gen.ts';
import { at, following, iterate, observed, settings, stored, type Look } from '../fixtures.ts';

/** No freeze window is in force. */
export const OPEN: Freeze = { kind: 'Open' };

/** The first freeze window is in force until some second. */
export function frozenUntil(seconds: number): Freeze {
  return { kind: 'Frozen', window: 0, until: at(seconds) };
}

/** A spec's freeze windows; when they are in force a test says itself. */
export function freezeRules(effect: FreezeRules['effect']): FreezeRules {
  const window = { rule: 'FREQ=DAILY', start: '2026-01-01T00:00:00', timeZone: 'UTC' };
  return { effect, windows: [{ ...window, durationSeconds: 60 }] };
}

/** A spec's gate, with the schema's defaults. */
export function approvalOf(given: Partial<Approval> = {}): Approval {
  return { deadlineSeconds: 86400, outcome: 'Rollback', ...given };
}

/** The experiment once somebody has written other values into its spec. */
export function edited(experiment: Experiment, spec: Partial<ExperimentSpec>): Experiment {
  const { metadata } = experiment;
  const generation = metadata.generation + 1;
  return stored({
    ...experiment,
    metadata: { ...metadata, generation },
    spec: { ...experiment.spec, ...spec },
  });
}

/** What a look at a running experiment comes to at some second: an iteration where one is due. */
export function seenAt(experiment: Experiment, seconds: number, look: Look = {}): Plan {
  const { target = inForce(experiment), freeze = OPEN } = look;
  const now = at(seconds);
  const by = { settings, now, freeze };
  return isIterationDue(experiment, target, by)
    ? iterate(experiment, { ...look, target, freeze, now })
    : recheck(experiment, target, by);
}

/** The experiment after looks at these seconds that all saw the same. */
export function lookedAt(
  experiment: Experiment,
  seconds: readonly number[],
  look: Look = {},
): Experiment {
  return seconds.reduce(
    (before, second) => following(before, seenAt(before, second, look)),
    experiment,
  );
}

/** Whether the metrics are asked at some second. */
export function isDueAt(experiment: Experiment, seconds: number, look: Look = {}): boolean {
  const { target = inForce(experiment), freeze = OPEN } = look;
  return isIterationDue(experiment, target, { settings, now: at(seconds), freeze });
}

function inForce({ status }: Experiment): TargetObservation {
  return observed(status!.currentWeightDistribution!);
}

/** What start does first with an experiment at some second; undefined: it goes on. */
export function startedAt(
  experiment: Experiment,
  seconds: number,
  { freeze = OPEN, hasTraffic = false }: { freeze?: Freeze; hasTraffic?: boolean } = {},
): Plan | undefined {
  return beforeRunning(experiment, { freeze, hasTraffic, settings, now: at(seconds) });
}
