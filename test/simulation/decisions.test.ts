// How often the product's own decisions are wrong, in invented experiments whose truth is known. The
// seed is fixed, so that a failure is a change of the product; the full measurement is
// scripts/bench-decisions.ts.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Decide, Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  contestNamed,
  played,
  standingsOf,
  type Policy,
  type Standings,
} from '../../scripts/decisions/contest.ts';
import { TRAFFICS } from '../../scripts/decisions/jobs.ts';
import { NAIVE_POLICIES } from '../../scripts/decisions/policies.ts';
import { productPolicy } from '../../scripts/decisions/productPolicies.ts';
import { productRule } from '../../scripts/decisions/productRules.ts';
import { NAIVE_RULES } from '../../scripts/decisions/rules.ts';
import { candidateNamed } from '../../scripts/decisions/traffic.ts';
import { mean, summarised, tried, type Rule, type Summary } from '../../scripts/decisions/trial.ts';

const HORIZONS = [10, 30, 60];

/** The product's rule; a lower confidence makes it wrong more often. */
function proven(decide: Decide, confidence = '0.95'): Rule {
  return productRule({
    name: decide,
    title: decide,
    strength: { method: 'Proven', confidence, decide },
  });
}

type Place = { candidate: string; traffic: number; horizon?: number; runs: number };

function summaryOf(rule: Rule, { candidate, traffic, horizon = 30, runs }: Place): Summary {
  const situation = { traffic, horizon, candidate: candidateNamed(candidate) };
  const trials = Array.from({ length: runs }, (_, run) => {
    const name = `${candidate}|${traffic}|${horizon}|${run}`;
    return tried(rule, situation, { run: name, random: randomFrom(name) });
  });
  return summarised(trials);
}

function standings(policy: Policy, contest: string, runs: number): Standings {
  const on = contestNamed(contest);
  const games = Array.from({ length: runs }, (_, run) => {
    const name = `${contest}|${run}`;
    return played(policy, on, { run: name, random: randomFrom(name) });
  });
  return standingsOf(on, games);
}

/** The most that a share may be by chance where the true one is as promised: three standard errors more. */
function atMost(promised: number, runs: number): number {
  return promised + 3 * Math.sqrt((promised * (1 - promised)) / runs);
}

type Shares = readonly { place: string; share: number; runs: number }[];

/** The places in which a share is larger than promised, and "everywhere" where it is in all together. */
function broken(promised: number, found: Shares): string[] {
  const runs = found.reduce((sum, one) => sum + one.runs, 0);
  const share = found.reduce((sum, one) => sum + one.share * one.runs, 0) / runs;
  return [...found, { place: 'everywhere', share, runs }]
    .filter((one) => one.share > atMost(promised, one.runs))
    .map((one) => `${one.place}: ${one.share} of ${one.runs}`);
}

function keepsPromise(promised: number, found: Shares): void {
  assert.equal(broken(promised, found), []);
}

/** How often a candidate is promoted, for each traffic and horizon, in so many looks at most. */
function promotions(
  rule: Rule,
  candidate: string,
  { horizons, looks }: { horizons: readonly number[]; looks: number },
): Shares {
  return TRAFFICS.flatMap((traffic) =>
    horizons.map((horizon) => {
      const runs = Math.round(looks / horizon);
      const { promoted } = summaryOf(rule, { candidate, traffic, horizon, runs });
      return { place: `${candidate} at ${traffic}/s, ${horizon} looks`, share: promoted, runs };
    }),
  );
}

const promoting = suite('decisions: promoting');

promoting('at most 5 % of versions at the limit, at every traffic and horizon', () => {
  keepsPromise(0.05, promotions(proven('AtEnd'), 'B0', { horizons: HORIZONS, looks: 1500 }));
});

promoting('at most 1 % of versions that have 1.2 times their limit', () => {
  keepsPromise(0.01, promotions(proven('AtEnd'), 'B1', { horizons: HORIZONS, looks: 900 }));
});

promoting('keeps both promises when it may promote early', () => {
  keepsPromise(0.05, promotions(proven('Early'), 'B0', { horizons: [10, 30], looks: 900 }));
  keepsPromise(0.01, promotions(proven('Early'), 'B1', { horizons: [10], looks: 900 }));
});

promoting('would be found out if it were wrong twice as often', () => {
  const [runs, horizon] = [400, 10];
  const shares = [10, 100, 1000].map((traffic) => {
    const place = { candidate: 'B0', traffic, horizon, runs };
    return {
      place: `${traffic}/s`,
      share: summaryOf(proven('AtEnd', '0.9'), place).promoted,
      runs,
    };
  });
  assert.is.not(broken(0.05, shares).length, 0);
});

promoting('at least 99 % of versions at half their limit where there are 4000 requests', () => {
  const runs = 300;
  const { promoted, exposed } = summaryOf(proven('AtEnd'), { candidate: 'G1', traffic: 10, runs });
  assert.ok(exposed > 4000, `${exposed} requests`);
  assert.ok(1 - promoted <= atMost(0.01, runs), `${promoted}`);
});

promoting('no version that goes bad on the way', () => {
  const shares = [10, 100, 1000].map((traffic) => {
    const runs = 100;
    const { promoted } = summaryOf(proven('AtEnd'), { candidate: 'B6', traffic, runs });
    return { place: `${traffic}/s`, share: promoted, runs };
  });
  keepsPromise(0.005, shares);
});

promoting.run();

const rollingBack = suite('decisions: rolling back');

rollingBack('at most 1 % of good versions, also of those whose errors come in bursts', () => {
  const shares = ['G1', 'G2', 'O1'].flatMap((candidate) =>
    TRAFFICS.map((traffic) => {
      const runs = 40;
      const { rolledBack } = summaryOf(proven('AtEnd'), { candidate, traffic, runs });
      return { place: `${candidate} at ${traffic}/s`, share: rolledBack, runs };
    }),
  );
  keepsPromise(0.01, shares);
});

rollingBack('comes before many requests have met a bad version', () => {
  const place = { candidate: 'B2', traffic: 1000, runs: 100 };
  const [own, flagger, argo] = [proven('AtEnd'), named('flagger'), named('argo')].map(
    (rule) => summaryOf(rule, place).exposed,
  );
  assert.ok(own! <= 0.25 * flagger!, `${own!} of Flagger's ${flagger!}`);
  assert.ok(own! <= 0.1 * argo!, `${own!} of Argo's ${argo!}`);
});

rollingBack.run();

function named(name: string): Rule {
  return NAIVE_RULES.find((rule) => rule.name === name)!;
}

const contests = suite('decisions: A/B');

contests('names at most 5 % false winners, also where the rate drifts and the weights move', () => {
  const policies = [
    productPolicy('FixedSplit', 'Early'),
    productPolicy('EpsilonGreedy', 'Early'),
    productPolicy('PosteriorBayesianRouting', 'AtEnd'),
    productPolicy('PosteriorBayesianRouting', 'Early'),
  ];
  const shares = policies.flatMap((policy) =>
    ['null@100', 'null-drift@10', 'null-drift@100'].map((contest) => {
      const runs = 40;
      const { falseWinner } = standings(policy, contest, runs);
      return { place: `${policy.name}, ${contest}`, share: falseWinner, runs };
    }),
  );
  keepsPromise(0.05, shares);
});

contests('loses little more than the routing of iter8 v1, which names false winners', () => {
  const old = NAIVE_POLICIES.find(({ name }) => name === 'pbr-v1')!;
  const own = standings(productPolicy('PosteriorBayesianRouting', 'Early'), '+10@100', 80);
  const limit = 1.1 * standings(old, '+10@100', 80).regret;
  assert.ok(own.regret <= limit, `${own.regret} is more than ${limit}`);
  assert.ok(own.chosen! >= 0.95, `chosen in ${own.chosen!}`);
  assert.ok(standings(old, 'null-drift@100', 20).falseWinner > 0.5);
});

contests.run();

const replaying = suite('decisions: replaying');

replaying('gives the same status, bit by bit', () => {
  const record = (): string[] => {
    const statuses: string[] = [];
    const watch = (experiment: Experiment): void => {
      statuses.push(JSON.stringify(experiment.status));
    };
    const strength = { method: 'Proven', confidence: '0.95', decide: 'AtEnd' } as const;
    summaryOf(productRule({ name: 'seen', title: 'seen', strength }, watch), {
      candidate: 'G2',
      traffic: 10,
      runs: 2,
    });
    standings(productPolicy('PosteriorBayesianRouting', 'AtEnd', watch), '4@100', 1);
    return statuses;
  };
  const [first, second] = [record(), record()];
  assert.equal(first, second);
  assert.ok(mean(first.map((status) => (status.includes('"state":') ? 1 : 0))) > 0.9);
});

replaying.run();
