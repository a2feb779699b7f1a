// Whether an outcome is what the circumstances call for.
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import { at } from '../fixtures.ts';
import { readingAt } from './readings.ts';
import type { Command, Schedule } from './schedule.ts';
import type { Life, Watch } from './life.ts';

type Circumstances = { schedule: Schedule; watch: Watch; life: Life };

/** What must have happened, somewhere in the schedule, for an outcome to have such a reason. */
const CAUSES: Readonly<Record<string, (found: Circumstances) => boolean>> = {
  CandidateWon: hasBeenGood,
  SampleRatioMismatch: isInterferedWith,
  ObjectiveViolated: ({ schedule }) => reads(schedule, 'bad') || isLimitEdited(schedule),
  MetricsUnavailable: ({ schedule }) => reads(schedule, 'error') || isAskDisturbed(schedule),
  CandidateNotReady: (found) => reads(found.schedule, 'none') || isInterferedWith(found),
  TargetSuperseded: isInterferedWith,
  TargetMissing: isInterferedWith,
  VerdictPromote: ({ schedule }) => does(schedule, 'give a verdict'),
  VerdictRollback: ({ schedule }) => does(schedule, 'give a verdict'),
};

/** Whether the outcome of an experiment may have the reason that it has. */
export function isDeserved(found: Circumstances): boolean {
  const { outcome } = found.life.last.status ?? {};
  return !outcome || (CAUSES[outcome.reason]?.(found) ?? true);
}

const GOOD_WITHIN_SECONDS = 60;
/** Until then the target comes to be. */
const DEPLOYED_SECONDS = 6;

/** Whether the candidate was good shortly before it won. */
function hasBeenGood({ schedule, life }: Circumstances): boolean {
  if (isLimitEdited(schedule)) return true;
  const second = secondsBetween(at(0), life.decidedAt!);
  const { metrics } = schedule;
  const changes = metrics.map((change) => change.second).filter((one) => one <= second);
  const recent = [second, second - GOOD_WITHIN_SECONDS, ...changes].filter(
    (one) => one >= second - GOOD_WITHIN_SECONDS,
  );
  return recent.some((one) => readingAt(at(one), 'canary', metrics) === 'good');
}

function isInterferedWith({ watch }: Circumstances): boolean {
  return watch.interferedAt > at(DEPLOYED_SECONDS);
}

function isLimitEdited(schedule: Schedule): boolean {
  return schedule.commands.some(({ command }) => command.do === 'edit' && 'limit' in command.edit);
}

function reads({ metrics }: Schedule, reading: string): boolean {
  return metrics.some((change) => change.reading === reading);
}

function isAskDisturbed({ mishaps }: Schedule): boolean {
  return mishaps.some(({ at: { errand } }) => errand === 'ASK');
}

function does({ commands }: Schedule, name: Command['do']): boolean {
  return commands.some(({ command }) => command.do === name);
}
