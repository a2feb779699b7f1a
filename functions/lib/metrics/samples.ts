import type { Window } from '../experiment/observations.ts';
import type { Series } from './increments.ts';
import type { AskSeries, InstantQuery } from './prometheus.ts';
import { hostOf } from './refusals.ts';
import type { Refusal } from './answer.ts';

/** A selector and how to ask for what it finds. */
export type Selection = Omit<InstantQuery, 'query' | 'evaluationTime'> & { selector: string };

/** The samples of a window, perhaps some before it, and the last of each series at its beginning. */
export type History = { within: Series[]; before: Series[] };

/** How long a series may have been without a sample, and still is not taken for a new one. */
const MEMORY = '1h';
const SHORTEST_PART_MS = 60_000;

/**
 * What a selector's series were in a window, from their raw samples. Where that is too much for one
 * answer, it is asked for in parts. Neither query sees the marks that a failed scrape leaves, so a
 * series does not begin anew after one.
 */
export async function read(
  selection: Selection,
  window: Window,
  askSeries: AskSeries,
): Promise<History | Refusal> {
  if (window.until <= window.from) return { within: [], before: [] };
  const within = await samplesOf(selection, window, askSeries);
  if ('kind' in within) return within;
  const { selector, ...connection } = selection;
  const query = `last_over_time(${selector}[${MEMORY}])`;
  const before = await askSeries({ ...connection, query, evaluationTime: window.from });
  return before.kind === 'Series' ? { within, before: before.series } : explained(before);
}

async function samplesOf(
  selection: Selection,
  window: Window,
  askSeries: AskSeries,
): Promise<Series[] | Refusal> {
  const { selector, ...connection } = selection;
  const milliseconds = window.until.getTime() - window.from.getTime();
  const query = `${selector}[${Math.ceil(milliseconds / 1000)}s]`;
  const answer = await askSeries({ ...connection, query, evaluationTime: window.until });
  if (answer.kind === 'Series') return answer.isRange ? answer.series : notSelector(selection);
  if (answer.reason !== 'TooLarge' || milliseconds < 2 * SHORTEST_PART_MS) return explained(answer);
  const middle = new Date(window.from.getTime() + Math.floor(milliseconds / 2));
  const parts: Series[] = [];
  for (const part of [
    { from: window.from, until: middle },
    { from: middle, until: window.until },
  ]) {
    const samples = await samplesOf(selection, part, askSeries);
    if ('kind' in samples) return samples;
    parts.push(...samples.map((series) => ({ ...series, samples: after(series, part.from) })));
  }
  return parts;
}

function after({ samples }: Series, time: Date): Series['samples'] {
  return samples.filter(({ at }) => at > time.getTime());
}

const EXPECTED = 'expected a selector of counters, without a range and without functions';

function explained(refusal: Refusal): Refusal {
  if (refusal.reason !== 'BadQuery') return refusal;
  return { ...refusal, message: `${refusal.message}; ${EXPECTED}` };
}

function notSelector({ endpoint, selector }: Selection): Refusal {
  const message = `${hostOf(endpoint)}: ${selector.slice(0, 200)} gives no samples; ${EXPECTED}`;
  return { kind: 'Error', reason: 'BadQuery', message };
}
