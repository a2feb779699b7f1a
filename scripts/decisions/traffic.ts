// Requests to two versions of a model, drawn look by look: how many there were, failed and were slow.
import { beta, binomial, poisson, type Random } from '../../functions/lib/analysis/random.ts';

/** Seconds from one look to the next. */
export const INTERVAL_SECONDS = 30;
/** The share of requests that may fail. */
export const ERROR_LIMIT = 0.02;
/** The share of requests that may be slow, where their 95th percentile is to be fast. */
export const SLOW_LIMIT = 0.05;

/** The chance that a request fails, and that it is slow. */
export type Quality = { errors: number; slow: number };

/** What one version had between two looks. */
export type Window = { requests: number; errors: number; slow: number };

/** A version whose truth is known, because it is invented. */
export type Candidate = {
  name: string;
  title: string;
  /** Its quality at a moment from 0, the start, to 1, the end. */
  at: (moment: number) => Quality;
  /** How much its quality varies from look to look: standard deviation by mean. Absent: not at all. */
  burst?: number;
};

/** Where an experiment takes place. */
export type Situation = {
  /** Requests per second to both versions together. */
  traffic: number;
  /** Looks until the end. */
  horizon: number;
  candidate: Candidate;
};

/** The share of slow requests of a version whose errors alone are in question. */
const FAST = 0.2 * SLOW_LIMIT;
/** The share of failing requests of a version whose slowness alone is in question. */
const SOUND = 0.2 * ERROR_LIMIT;

const BASELINE: Quality = { errors: 0.5 * ERROR_LIMIT, slow: 0.5 * SLOW_LIMIT };

/**
 * The candidates, by how many times their limits they have. Good ones have both objectives at the
 * multiple. Bad ones have their errors at the multiple and are fast, since one good objective must
 * not excuse a bad one.
 */
export const CANDIDATES: readonly Candidate[] = [
  steady('G1', 'good, 0.5 × both limits', times(0.5)),
  steady('G2', 'good, 0.8 × both limits', times(0.8)),
  steady('B0', 'at the limit, errors 1.001 ×', errors(1.001)),
  steady('B1', 'bad, errors 1.2 ×', errors(1.2)),
  steady('B2', 'bad, errors 1.5 ×', errors(1.5)),
  steady('B3', 'bad, errors 2 ×', errors(2)),
  steady('B4', 'bad, errors 5 ×', errors(5)),
  steady('L1', 'bad, slow 1.2 ×', { errors: SOUND, slow: 1.2 * SLOW_LIMIT }),
  steady('L2', 'bad, slow 1.5 ×', { errors: SOUND, slow: 1.5 * SLOW_LIMIT }),
  steady('A1', 'bad, 1.2 × both limits', times(1.2)),
  {
    name: 'B6',
    title: 'good, errors 6 % from the middle on',
    at: (moment) => (moment < 0.5 ? BASELINE : { ...BASELINE, errors: 0.06 }),
  },
  { ...steady('O1', 'bursty, good on average, 0.5 ×', times(0.5)), burst: 0.5 },
  { ...steady('O2', 'bursty, bad on average, errors 1.5 ×', errors(1.5)), burst: 0.5 },
];

/** The candidate of this name. Throws Error where there is none. */
export function candidateNamed(name: string): Candidate {
  const found = CANDIDATES.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no candidate ${name}`);
  return found;
}

/** What both versions had until the look of this number, 1 for the first, by the candidate's share. */
export type Source = (look: number, share: number) => { baseline: Window; candidate: Window };

/** The traffic of a situation. `share` goes from 0 to 1. */
export function trafficOf(situation: Situation, random: Random): Source {
  const { traffic, horizon, candidate } = situation;
  const all = traffic * INTERVAL_SECONDS;
  return (look, share) => {
    const quality = candidate.at((look - 1) / horizon);
    return {
      candidate: drawn(all * share, varied(quality, candidate.burst, random), random),
      baseline: drawn(all * (1 - share), BASELINE, random),
    };
  };
}

function drawn(expected: number, { errors: bad, slow }: Quality, random: Random): Window {
  const requests = expected > 0 ? poisson(random, expected) : 0;
  return {
    requests,
    errors: binomial(random, requests, bad),
    slow: binomial(random, requests, slow),
  };
}

function varied(quality: Quality, burst: number | undefined, random: Random): Quality {
  if (burst === undefined) return quality;
  const { errors: mean } = quality;
  const size = (1 - mean) / (mean * burst ** 2) - 1;
  const factor = beta(random, mean * size, (1 - mean) * size) / mean;
  return { errors: mean * factor, slow: Math.min(1, quality.slow * factor) };
}

/** Two windows as one. */
export function together(some: Window, others: Window): Window {
  return {
    requests: some.requests + others.requests,
    errors: some.errors + others.errors,
    slow: some.slow + others.slow,
  };
}

/** No requests. */
export const NOTHING: Window = { requests: 0, errors: 0, slow: 0 };

function steady(name: string, title: string, quality: Quality): Candidate {
  return { name, title, at: () => quality };
}

function times(multiple: number): Quality {
  return { errors: multiple * ERROR_LIMIT, slow: multiple * SLOW_LIMIT };
}

function errors(multiple: number): Quality {
  return { errors: multiple * ERROR_LIMIT, slow: FAST };
}
