import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { goalsOf, versionsOf } from './facts.ts';
import type { Snapshot } from './live.ts';
import { clean } from './text.ts';
import { sayingOf } from './words.ts';

/**
 * What is new since `before`, one line each, for a pipe or a log: what the caller says, stages,
 * iterations with weights and values, what they mean, the outcome. Each begins with the seconds
 * since the start, like "  12.3s  ".
 */
export function describeChanges(before: Snapshot | undefined, after: Snapshot): string[] {
  const seconds = ((after.nowMs - after.startedAtMs) / 1000).toFixed(1).padStart(6);
  const old = statementsOf(before);
  const isNews = (text: string, index: number): boolean => text !== '' && text !== old[index];
  return statementsOf(after)
    .filter(isNews)
    .map((text) => `${seconds}s  ${clean(text)}`);
}

/** What there is to say, each thing at its own place; empty where there is nothing to say of it. */
function statementsOf({ experiment, note = '' }: Partial<Snapshot> = {}): string[] {
  if (!experiment) return [note];
  const { metadata, spec, status } = experiment;
  const { title, text } = sayingOf(experiment);
  return [
    note,
    `Experiment ${metadata.namespace}/${metadata.name} on ${spec.target}`,
    iterationOf(experiment),
    status?.stage ? `Stage ${status.stage}` : '',
    title ? `${title}: ${text}` : text,
  ];
}

function iterationOf(experiment: Experiment): string {
  const { duration } = experiment.spec;
  const { completedIterations = 0 } = experiment.status ?? {};
  if (completedIterations === 0) return '';
  const versions = versionsOf(experiment);
  const weights = versions.flatMap(({ name, weight }) =>
    weight === undefined ? [] : [`${name} ${weight} %`],
  );
  const goals = goalsOf(experiment).map(({ metric, limit, results }) => {
    const each = results.map(({ value, state }, index) =>
      [versions[index]!.name, value, state].filter(Boolean).join(' '),
    );
    return `${metric} (${limit}): ${each.join(', ')}`;
  });
  const planned = duration.iterationsPerLoop * duration.maxLoops;
  const found = [weights.join(', '), ...goals].filter(Boolean).join('; ');
  return `Iteration ${completedIterations} of ${planned}: ${found}`;
}
