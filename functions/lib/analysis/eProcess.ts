/*
 * Exact evidence about a rate against a limit, valid however often it is looked at: the likelihood
 * ratio of a Beta(1, (1 − limit)/limit) cut off at the limit, one for each side. Its expectation is
 * at most 1 while the rate is on the other side, whatever decided on the sizes of the batches
 * (J. Ville 1939; A. Ramdas et al., Game-Theoretic Statistics and Safe Anytime-Valid Inference, 2023).
 */
import { demand, logBetaFront, placeOf, tailsAt } from './incomplete.ts';
import { logBetaTails, normalQuantile } from './special.ts';

/** Natural logarithms of the evidence that the rate is above its limit, and that it is below. */
export type LogEvidence = { above: number; below: number };

/**
 * Evidence of `events` in `trials` (not negative, fractions allowed: a sum of values in [0, 1]
 * counts as events) about a rate against `limit`, within 0 and 1 exclusively; good to about 1e-9
 * at 1e8 trials. Above ½ the event is swapped for its absence. No trials give 0 for both.
 * Worked: logEvidence(10, 100, 0.02) = { above: 6.259, below: −2.663 }.
 */
export function logEvidence(events: number, trials: number, limit: number): LogEvidence {
  demandCounts(events, trials);
  demandShare('limit', limit);
  if (limit > 0.5) {
    const { above, below } = evidenceUpToHalf(trials - events, events, 1 - limit);
    return { above: below, below: above };
  }
  return evidenceUpToHalf(events, trials - events, limit);
}

/**
 * With a = 1 + events, b = (1 − m)/m + others and m·(1 − m)/m = 1 − m, all powers of m and 1 − m
 * are those of the front of the incomplete beta function, save for the share of the prior below m.
 */
function evidenceUpToHalf(events: number, others: number, limit: number): LogEvidence {
  const priorOthers = (1 - limit) / limit;
  const place = placeOf([limit, 1 - limit], 1 + events, priorOthers + others);
  const { lower, upper } = tailsAt(place);
  const rest = Math.log1p(-limit) - logBetaFront(place);
  const oddsOfPriorBelow = Math.expm1(-priorOthers * Math.log1p(-limit));
  return { above: upper + rest, below: lower + rest - Math.log(oddsOfPriorBelow) };
}

/**
 * How easily so few events come about at the limit: P(X ≤ events) of a binomial X with this many
 * trials (fractions by the incomplete beta function); 1 without trials. For one look at the end only.
 * Worked: exactP(17, 1278, 0.02) = 0.0472.
 */
export function exactP(events: number, trials: number, limit: number): number {
  demandCounts(events, trials);
  demandShare('limit', limit);
  return Math.exp(logProbabilityUpTo(events, trials, limit));
}

function logProbabilityUpTo(events: number, trials: number, rate: number): number {
  return events < trials ? logBetaTails(rate, events + 1, trials - events).upper : 0;
}

/**
 * The most events, a whole number, with exactP ≤ alpha; −1 where even none proves nothing.
 * Worked: criticalEvents(1278, 0.02, 0.05) = 17, criticalEvents(148, 0.02, 0.05) = −1.
 */
export function criticalEvents(trials: number, limit: number, alpha: number): number {
  demandShare('alpha', alpha);
  let [passed, failed] = [-1, Math.max(Math.ceil(trials), 0)];
  if (exactP(0, trials, limit) > alpha) return passed;
  while (failed - passed > 1) {
    const middle = Math.floor((passed + failed) / 2);
    if (exactP(middle, trials, limit) <= alpha) passed = middle;
    else failed = middle;
  }
  return passed;
}

/**
 * The Kullback–Leibler divergence of a yes-or-no value with rate p from one with rate q, in nats,
 * both within 0 and 1; Infinity where q excludes what p allows. Worked: klBernoulli(0.06, 0.02) = 0.02674.
 */
export function klBernoulli(p: number, q: number): number {
  demand(p >= 0 && p <= 1, 'p', p, 'within 0 and 1');
  demand(q >= 0 && q <= 1, 'q', q, 'within 0 and 1');
  const difference = q - p;
  const hit =
    p === 0 ? 0 : p * (q < 2 * p ? Math.log1p(difference / p) : Math.log(q) - Math.log(p));
  const miss = p === 1 ? 0 : (1 - p) * Math.log1p(-difference / (1 - p));
  return Math.max(0, -hit - miss);
}

/**
 * The requests of a first iteration: as many as three times the limit (half-way from the limit to 1,
 * where three times is no rate) needs on average to give evidence of 1/alpha. The nearest whole
 * number, at least 1.
 * Worked: rampRequests(0.02, 0.05) = 112.
 */
export function rampRequests(limit: number, alpha: number): number {
  demandShare('limit', limit);
  demandShare('alpha', alpha);
  const bad = 3 * limit < 1 ? 3 * limit : (1 + limit) / 2;
  return Math.max(1, Math.round(-Math.log(alpha) / klBernoulli(bad, limit)));
}

/** Beyond this many requests the normal approximation is as good as the answer will ever be needed. */
const MOST_EXACT = 1e9;

/**
 * The smallest number of requests, fixed beforehand, at which a version with this rate has
 * exactP ≤ alpha with probability `power`; Infinity where the rate is not below the limit.
 *
 * Power is a saw-tooth: it falls while the critical events stay and jumps where one more is allowed,
 * so only those jumps are looked at, first by bisection, then down through the ones before it that
 * the rounding to whole requests may have put out of order. At most 1000 of these: from about 3e6
 * requests on the answer may be above the smallest by a thousandth. Beyond 1e9 it is the normal
 * approximation.
 * Worked: requestsToProve(0.01, 0.02, 0.05) = 1271, requestsToProve(0, 0.02, 0.05) = 149.
 */
export function requestsToProve(rate: number, limit: number, alpha: number, power = 0.9): number {
  demand(rate >= 0 && rate <= 1, 'rate', rate, 'within 0 and 1');
  demandShare('limit', limit);
  demandShare('alpha', alpha);
  demandShare('power', power);
  if (rate >= limit) return Infinity;
  // The same question of the absence of events, of which there are fewer: rate and limit change roles.
  if (rate + limit > 1) return requestsToProve(1 - limit, 1 - rate, 1 - power, 1 - alpha);
  const roughly = normalRequests(rate, limit, alpha, power);
  if (roughly > MOST_EXACT) return Math.ceil(roughly);
  const requestsWith = (events: number): number => fewestTrials(events, limit, alpha);
  const isEnough = (events: number): boolean =>
    logProbabilityUpTo(events, requestsWith(events), rate) >= Math.log(power);
  let enough = firstByBisection(isEnough, Math.ceil(roughly * rate) + 1);
  const disordered = Math.min(1000, 2 + Math.ceil((2 * rate * limit) / (limit - rate)));
  const lowest = Math.max(0, enough - disordered);
  for (let events = enough - 1; events >= lowest; events--) if (isEnough(events)) enough = events;
  return requestsWith(enough);
}

function normalRequests(rate: number, limit: number, alpha: number, power: number): number {
  const deviations =
    -normalQuantile(alpha) * Math.sqrt(limit * (1 - limit)) +
    normalQuantile(power) * Math.sqrt(rate * (1 - rate));
  return (deviations / (limit - rate)) ** 2;
}

/** The first whole number ≥ 0 for which the predicate holds, if it goes from false to true once. */
function firstByBisection(isEnough: (events: number) => boolean, start: number): number {
  let [low, high] = [-1, start];
  for (; !isEnough(high); high *= 2) low = high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The fewest whole trials at which this many events have exactP ≤ alpha. */
function fewestTrials(events: number, limit: number, alpha: number): number {
  const target = Math.log(alpha);
  const isProof = (trials: number): boolean => logProbabilityUpTo(events, trials, limit) <= target;
  const deviate = -normalQuantile(alpha);
  const root = deviate * Math.sqrt(1 - limit);
  const skewed = events + 0.5 - ((deviate * deviate - 1) * (1 - 2 * limit)) / 6;
  const guess = ((root + Math.sqrt(Math.max(0, root * root + 4 * skewed))) / 2) ** 2 / limit;
  const start = Math.max(events + 1, Math.round(guess));
  let [low, high] = [start, start];
  for (let step = 1; !isProof(high); step *= 2) [low, high] = [high, high + step];
  for (let step = 1; low > events && low === high; step *= 2) {
    const below = Math.max(events, low - step);
    if (below > events && isProof(below)) [low, high] = [below, below];
    else low = below;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isProof(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function demandCounts(events: number, trials: number): void {
  demand(trials >= 0 && trials < Infinity, 'trials', trials, 'at least 0 and finite');
  demand(events >= 0 && events <= trials, 'events', events, `within 0 and ${trials}`);
}

function demandShare(name: string, value: number): void {
  demand(value > 0 && value < 1, name, value, 'above 0 and below 1');
}
