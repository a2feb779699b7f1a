import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { satisfies } from '../../functions/lib/analysis/assessment.ts';
import { blend, byProbability, topTwo } from '../../functions/lib/analysis/bandits.ts';
import { betaPosterior, type Beta, type RateBelief } from '../../functions/lib/analysis/beliefs.ts';
import { bestOfBetas } from '../../functions/lib/analysis/best.ts';
import { limitCandidates } from '../../functions/lib/analysis/weights.ts';
import { referenceJson } from '../shared.ts';

/**
 * What the older generation answered and we do not, by kind, and why. Its winner, a version with
 * P(best) above 0.99 at any look, is not compared at all: under so many looks that proves nothing.
 */
const REASONS = {
  gaussian: 'its variance of a mean is the range over n + 1, not what the data spread',
  constant: 'it was certain of a mean where all versions have the same one',
  uninitialized: 'it took a version without traffic for the worst one',
  relative: 'it compared samples with the baseline’s, whose own objective never was met',
  pseudoReward: 'without a reward it preferred the last version that is good enough',
  objectives: 'it drew objectives apart from rewards; ours is P(best) times P(met)',
  topTwo: 'it shared by being among the two best draws; ours is top-two Thompson sampling',
};

type Reason = keyof typeof REASONS;
type Answer = { ours: number } | { reason: Reason };
type Estimate = { mean: number; stderr: number; runs: number };
type Belief =
  | { kind: 'beta'; alpha: number; beta: number }
  | { kind: 'gaussian'; mean: number; variance: number }
  | { kind: 'constant'; value: number }
  | { kind: 'uninitialized' };
type Strategy = 'progressive' | 'top_2' | 'uniform';
type Criterion = {
  metric_id: string;
  is_reward?: boolean;
  threshold?: { type: 'absolute' | 'relative'; value: number };
};
type Metric = { name: string; preferred_direction?: 'lower' | 'higher' };
type Case = {
  id: string;
  description: string;
  input: {
    parameters: {
      baseline: { id: string };
      candidates: { id: string }[];
      criteria: Criterion[];
      metric_specs: { counter_metrics: Metric[]; ratio_metrics: Metric[] };
      traffic_control: { max_increment: number };
    };
    values: Record<string, Record<string, number | null>>;
  };
  output: {
    beliefs: Record<string, Belief>;
    estimates: Record<string, Estimate>;
    oneRun: {
      trafficSplit: Record<Strategy, Record<string, number>>;
      breached: Record<string, boolean>;
    };
  };
};
type Recorded = { meta: { samplesPerRun: number }; cases: Case[] };

/** The older generation's prior of a rate. */
const PRIOR = { a: 0.1, b: 0.1 };
const EXPLORATION = 0.1;
const STANDARD_ERRORS = 6;

const recorded = referenceJson<Recorded>('oracle/v1_bayes.json');

function versionsOf({ input }: Case): string[] {
  const { baseline, candidates } = input.parameters;
  return [baseline, ...candidates].map(({ id }) => id);
}

function metricOf({ input }: Case, name: string): Metric {
  const { counter_metrics, ratio_metrics } = input.parameters.metric_specs;
  return [...counter_metrics, ...ratio_metrics].find((metric) => metric.name === name)!;
}

/** What we believe of a rate, from the same counts and prior; a limit where one is asked about. */
function rateOf(given: Case, name: string, { prior = PRIOR, limit = 0.5 } = {}): RateBelief {
  const [version, metric] = name.split('.') as [string, string];
  const values = given.input.values[version]!;
  const trials = values.requests!;
  const events = Math.min(1, values[metric]!) * trials;
  return betaPosterior({ trials, events }, prior, { limit, level: 0.95 });
}

/** Our answer to what an estimate of theirs is about, or the reason why we answer otherwise. */
function answerTo(given: Case, key: string, prior: Beta): Answer {
  const [kind, first, second, end] = key.split('.') as [string, string, string, 'lower' | 'upper'];
  if (kind === 'winProbability') return probabilityBest(given, first, prior);
  if (kind === 'mix') return share(given, { strategy: first as Strategy, version: second, prior });
  const name = `${first}.${second}`;
  if (kind === 'pThreshold') return probabilityMet(given, name, prior);
  assert.is(kind, 'credible', `${given.id} has an estimate of an unknown kind: ${key}`);
  const belief = given.output.beliefs[name]!;
  return belief.kind === 'beta'
    ? { ours: rateOf(given, name, { prior })[end] }
    : { reason: belief.kind };
}

function probabilityMet(given: Case, name: string, prior: Beta): Answer {
  const [version, metricName] = name.split('.') as [string, string];
  const { type, value: limit } = given.input.parameters.criteria.find(
    ({ metric_id, threshold }) => metric_id === metricName && threshold,
  )!.threshold!;
  if (type === 'relative') return { reason: 'relative' };
  const isLower = metricOf(given, metricName).preferred_direction === 'lower';
  const belief = given.output.beliefs[name];
  if (belief === undefined) {
    const limits = isLower ? { upperLimit: limit } : { lowerLimit: limit };
    return { ours: Number(satisfies(given.input.values[version]![metricName]!, limits)) };
  }
  if (belief.kind !== 'beta') return { reason: belief.kind };
  const rate = rateOf(given, name, { prior, limit });
  return { ours: isLower ? rate.probabilityBelow : rate.probabilityAbove };
}

function probabilityBest(given: Case, version: string, prior: Beta): Answer {
  const { criteria } = given.input.parameters;
  const reward = criteria.find(({ is_reward }) => is_reward);
  if (!reward) return { reason: 'pseudoReward' };
  const names = versionsOf(given).map((name) => `${name}.${reward.metric_id}`);
  for (const name of names) {
    const belief = given.output.beliefs[name]!;
    if (belief.kind !== 'beta') return { reason: belief.kind };
  }
  if (criteria.some(({ threshold }) => threshold)) return { reason: 'objectives' };
  const isLow = metricOf(given, reward.metric_id).preferred_direction === 'lower';
  const arms = names.map((name) => rateOf(given, name, { prior }));
  const best = bestOfBetas(arms, isLow ? 'Low' : 'High').probabilityBest;
  return { ours: best[versionsOf(given).indexOf(version)]! };
}

function share(
  given: Case,
  { strategy, version, prior }: { strategy: Strategy; version: string; prior: Beta },
): Answer {
  const versions = versionsOf(given);
  const index = versions.indexOf(version);
  const equal = versions.map(() => 1 / versions.length);
  if (strategy === 'uniform') return { ours: blend(equal, EXPLORATION)[index]! };
  if (strategy === 'top_2') {
    if (versions.length > 2) return { reason: 'topTwo' };
    return { ours: blend(topTwo(equal), EXPLORATION)[index]! };
  }
  const best = versions.map((name) => probabilityBest(given, name, prior));
  const otherwise = best.find((answer) => 'reason' in answer);
  if (otherwise) return otherwise;
  const probabilities = best.map((answer) => ('ours' in answer ? answer.ours : 0));
  return { ours: byProbability(probabilities, EXPLORATION)[index]! };
}

/** By how much a mean of theirs may be off: standard errors, and what is too rare to have been drawn. */
function allowance(key: string, { stderr, runs }: Estimate): number {
  const rarest = 5 / (runs * recorded!.meta.samplesPerRun);
  const unit = key.startsWith('mix') ? 100 : key.startsWith('credible') ? 0 : 1;
  return STANDARD_ERRORS * stderr + rarest * unit + 1e-9;
}

/** A sentence for each estimate of a case that ours contradicts; `compared` counts the others. */
function contradictions(given: Case, prior = PRIOR): { sentences: string[]; compared: number } {
  const sentences: string[] = [];
  let compared = 0;
  for (const [key, estimate] of Object.entries(given.output.estimates)) {
    const answer = answerTo(given, key, prior);
    if ('reason' in answer) continue;
    compared += 1;
    const allowed = allowance(key, estimate);
    if (Math.abs(answer.ours - estimate.mean) <= allowed) continue;
    sentences.push(
      `${given.id}: ${key} is ${answer.ours} by our account and was ${estimate.mean} by theirs, ` +
        `which chance explains only up to a distance of ${allowed}.`,
    );
  }
  return { sentences, compared };
}

const migration = suite('the older Bayesian generation as recorded');

for (const given of recorded?.cases ?? []) {
  migration(`${given.id} ${given.description}: our estimates are theirs`, () => {
    assert.is(contradictions(given).sentences.join('\n'), '');
  });

  migration(`${given.id}: our beliefs are theirs, or theirs have the fault that we say`, () => {
    for (const [name, belief] of Object.entries(given.output.beliefs)) {
      assert.is(disbelief(given, name, belief), '');
    }
  });

  migration(`${given.id}: a limit is crossed for us where it was for them`, () => {
    for (const { metric_id, threshold } of given.input.parameters.criteria) {
      if (threshold?.type !== 'absolute') continue;
      const { value } = threshold;
      const isLower = metricOf(given, metric_id).preferred_direction === 'lower';
      for (const version of versionsOf(given)) {
        const breached = given.output.oneRun.breached[`${version}.${metric_id}`];
        const found = given.input.values[version]![metric_id];
        if (breached === undefined || found === undefined || found === null) continue;
        const limits = isLower ? { upperLimit: value } : { lowerLimit: value };
        const sentence = `${found} of ${version} was ${breached ? '' : 'not '}a breach of ${value}`;
        assert.is(!satisfies(found, limits), breached, sentence);
      }
    }
  });

  migration(`${given.id}: the weights that they mixed are limited as by them`, () => {
    const { estimates, oneRun } = given.output;
    const versions = versionsOf(given);
    const limits = {
      maxCandidateWeight: 100,
      maxCandidateWeightIncrement: given.input.parameters.traffic_control.max_increment,
    };
    for (const [strategy, split] of Object.entries(oneRun.trafficSplit)) {
      const mixed = versions.map((version) => estimates[`mix.${strategy}.${version}`]!);
      const previous = versions.map((_, index) => (index === 0 ? 100 : 0));
      const limited = limitCandidates(
        mixed.map(({ mean }) => mean),
        previous,
        limits,
      );
      versions.forEach((version, index) => {
        // Theirs is of one run, and was rounded at random before it was limited.
        const { stderr, runs } = mixed[index]!;
        const allowed = 1 + STANDARD_ERRORS * stderr * Math.sqrt(runs);
        const sentence = `${strategy} ${version}: ours ${limited[index]}, theirs ${split[version]}`;
        assert.ok(Math.abs(limited[index]! - split[version]!) <= allowed, sentence);
      });
    }
  });
}

/** A sentence about a belief that is not ours although it is of a rate, or is not wrong as we say. */
function disbelief(given: Case, name: string, belief: Belief): string {
  const expected = expectedBelief(given, name, belief);
  const differences = Object.entries(expected).filter(([key, ours]) => {
    const theirs = (belief as Record<string, unknown>)[key] as number;
    return !(Math.abs(ours - theirs) <= 1e-9 * (1 + Math.abs(ours)));
  });
  if (differences.length === 0) return '';
  const said = belief.kind === 'beta' ? '' : `, where ${REASONS[belief.kind]}`;
  const told = `the belief about ${name} was ${JSON.stringify(belief)}`;
  return `${given.id}: ${told}; we expected ${JSON.stringify(expected)}${said}.`;
}

function expectedBelief(given: Case, name: string, { kind }: Belief): Record<string, number> {
  const [version, metric] = name.split('.') as [string, string];
  const { values } = given.input;
  const { requests, [metric]: mean } = values[version]!;
  const means = Object.values(values).flatMap((found) => found[metric] ?? []);
  if (kind === 'beta') {
    const { a, b } = rateOf(given, name);
    return { alpha: a, beta: b };
  }
  if (kind === 'gaussian') {
    const range = Math.max(...means) - Math.min(...means);
    return { mean: mean!, variance: range / (1 + requests!) };
  }
  if (kind === 'constant') return { value: Math.max(...means) };
  assert.ok(
    !requests || mean === null,
    `${given.id}: ${name} was measured, but they had no belief`,
  );
  return {};
}

migration('agrees with us in most of what it estimated', () => {
  const estimates = recorded?.cases.flatMap(({ output }) => Object.keys(output.estimates)) ?? [];
  const compared = (recorded?.cases ?? []).map((given) => contradictions(given).compared);
  const sum = compared.reduce((partial, count) => partial + count, 0);
  assert.ok(sum >= 0.5 * estimates.length, `${sum} of ${estimates.length} estimates are compared`);
});

migration('would contradict us if we believed something else, and says so', () => {
  const wrong = { a: 1, b: 1 };
  const sentences = (recorded?.cases ?? []).flatMap(
    (given) => contradictions(given, wrong).sentences,
  );
  const kinds = ['winProbability', 'mix.progressive', 'credible', 'pThreshold'];
  for (const kind of recorded ? kinds : []) {
    const pattern = new RegExp(
      `^b-\\d+: ${kind}\\S* is \\S+ by our account and was \\S+ by theirs, `,
    );
    assert.ok(
      sentences.some((sentence) => pattern.test(sentence)),
      `no sentence about ${kind} in: ${sentences.join('\n')}`,
    );
  }
});

migration.run();
