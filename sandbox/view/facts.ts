// What an experiment says of itself, put together from its spec and status.
import type {
  Evidence,
  Experiment,
  Objective,
  Verdict,
} from '../../functions/lib/types/experiment.gen.ts';
import { exact, measured } from './format.ts';

/** A version and the percentage of the traffic that it is meant to have. */
export interface Version {
  name: string;
  role: 'baseline' | 'candidate';
  revision?: string;
  weight?: number;
}

const STATES = {
  Satisfied: 'met',
  Violated: 'violated',
  Undecided: 'undecided',
  NoData: 'no data',
  Error: 'no answer',
} as const satisfies Record<Verdict, string>;

export type State = (typeof STATES)[Verdict] | 'met so far' | 'not measured';

/** An objective, and how each version does by it, in version order. */
export interface Goal {
  metric: string;
  limit: string;
  results: { state: State; value: string }[];
}

/** How far the iterations are: `share` from 0 to 1, and `leftMs` while they run. */
export interface Progress {
  done: number;
  planned: number;
  share: number;
  leftMs?: number;
}

/** The versions, the baseline first; none while they are not known. */
export function versionsOf({ spec, status }: Experiment): Version[] {
  const versionInfo = status?.versionInfo ?? spec.versionInfo;
  if (!versionInfo) return [];
  const revisions = [status?.target?.baselineRevision, status?.target?.candidateRevision];
  return [versionInfo.baseline, ...(versionInfo.candidates ?? [])].map(({ name }, index) => ({
    name,
    role: index === 0 ? 'baseline' : 'candidate',
    revision: revisions[index],
    weight: status?.currentWeightDistribution?.find((one) => one.name === name)?.value,
  }));
}

/** The objectives with what the last iteration found. */
export function goalsOf(experiment: Experiment): Goal[] {
  const { spec, status } = experiment;
  return (spec.criteria?.objectives ?? []).map((objective, index) => {
    const { metric } = objective;
    const known = status?.metrics?.find(({ name }) => `/${name}`.endsWith(`/${metric}`));
    const units = known?.metricObj.spec.units;
    const results = versionsOf(experiment).map(({ name }) => {
      const evidence = status?.evidence?.find(
        ({ version, objective: position }) => version === name && position === index,
      );
      return resultOf(evidence, units);
    });
    return { metric, limit: limitOf(objective, units), results };
  });
}

function resultOf(evidence: Evidence | undefined, units?: string): Goal['results'][number] {
  if (!evidence) return { state: 'not measured', value: '' };
  const { estimate, verdict, reason } = evidence;
  const state = reason === 'MetSoFar' ? 'met so far' : STATES[verdict];
  return { state, value: estimate === undefined ? '' : measured(estimate, units) };
}

function limitOf({ lowerLimit, upperLimit }: Objective, units?: string): string {
  const lower = lowerLimit === undefined ? [] : [`min ${exact(lowerLimit, units)}`];
  const upper = upperLimit === undefined ? [] : [`max ${exact(upperLimit, units)}`];
  return [...lower, ...upper].join(', ') || 'no limit';
}

/** How far the iterations are at a time in ms since the epoch. */
export function progressOf({ spec, status }: Experiment, nowMs: number): Progress {
  const planned = spec.duration.iterationsPerLoop * spec.duration.maxLoops;
  const done = status?.completedIterations ?? 0;
  const nextMs = Date.parse(status?.nextIterationTime ?? '');
  // The spec does not tell the interval in effect, which is at least a tick.
  const intervalMs = (nextMs - Date.parse(status?.startTime ?? '')) / (done + 1);
  if (!(intervalMs > 0)) return { done, planned, share: done / planned };
  const untilNextMs = Math.min(intervalMs, Math.max(0, nextMs - nowMs));
  return {
    done,
    planned,
    share: (done + 1 - untilNextMs / intervalMs) / planned,
    leftMs: untilNextMs + Math.max(0, planned - done - 1) * intervalMs,
  };
}
