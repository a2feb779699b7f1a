// The product as a policy among others for A/B/n.
import type { Tally } from '../../functions/lib/experiment/observations.ts';
import { versionNames } from '../../functions/lib/experiment/versions.ts';
import type {
  Decide,
  Experiment,
  ExperimentSpec,
  VersionDetail,
  WeightAlgorithm,
} from '../../functions/lib/types/experiment.gen.ts';
import { CONTEST_LOOKS, type Answer, type Conversions, type Policy } from './contest.ts';
import { begun, looked, looksOf, sharesOf } from './product.ts';

type Division = WeightAlgorithm | 'FixedSplit';

/** An experiment that compares so many versions by their conversions. */
export function contestSpec(versions: number, division: Division, decide: Decide): ExperimentSpec {
  const names = Array.from({ length: versions }, (_, index) =>
    index ? `candidate-${index}` : 'default',
  );
  const [baseline, ...candidates] =
    versions === 2 ? [{ name: 'default' }, { name: 'canary' }] : names.map(referring);
  const isFixed = division === 'FixedSplit';
  return {
    target: 'model',
    versionInfo: { baseline: baseline!, candidates },
    strategy: {
      testingPattern: versions === 2 ? 'A/B' : 'A/B/N',
      deploymentPattern: isFixed ? 'FixedSplit' : 'Progressive',
      weights: {
        maxCandidateWeight: 100,
        maxCandidateWeightIncrement: 100,
        ...(isFixed ? { split: names.map(() => 100 / versions) } : { algorithm: division }),
      },
    },
    criteria: {
      minimumRequests: 10,
      consecutiveErrorLimit: 5,
      rewards: [{ metric: 'conversion', preferredDirection: 'High' }],
      strength: { method: 'Proven', confidence: '0.95', decide },
    },
    duration: looksOf(CONTEST_LOOKS),
  };
}

function referring(name: string, index: number): VersionDetail {
  const fieldPath = `.spec.http[0].route[${index}].weight`;
  const apiVersion = 'networking.istio.io/v1beta1';
  return { name, weightObjRef: { apiVersion, kind: 'VirtualService', name: 'routes', fieldPath } };
}

/** The product's policy. `watch` is told each status. */
export function productPolicy(
  division: Division,
  decide: Decide,
  watch: (experiment: Experiment) => void = () => undefined,
): Policy {
  return {
    name: `${NAMES[division]}-${decide === 'Early' ? 'early' : 'end'}`,
    title: `this product, ${division}, ${decide}`,
    begin: ({ factors }, run) => {
      const spec = contestSpec(factors.length, division, decide);
      const evidence = { kind: 'Rate', events: 'conversions', trials: 'requests' } as const;
      let experiment = begun(spec, { conversion: evidence }, run);
      const names = versionNames(spec.versionInfo!);
      let totals = factors.map(() => ({ requests: 0, conversions: 0 }));
      return {
        shares: sharesOf(experiment),
        look: (windows) => {
          totals = totals.map((total, index) => together(total, windows[index]!));
          const measurements = { 'team/conversion': byName(names, totals.map(valueOf)) };
          const tallies = { 'team/conversion': byName(names, windows.map(tallyOf)) };
          experiment = looked(experiment, { measurements, tallies });
          watch(experiment);
          return answerOf(experiment, names);
        },
      };
    },
  };
}

const NAMES: Record<Division, string> = {
  FixedSplit: 'uniform',
  Progressive: 'progressive',
  EpsilonGreedy: 'greedy',
  PosteriorBayesianRouting: 'pbr',
  TopTwoThompson: 'top-two',
};

/** The product's policies. */
export const PRODUCT_POLICIES: readonly Policy[] = (['AtEnd', 'Early'] as const).flatMap((decide) =>
  (['FixedSplit', 'EpsilonGreedy', 'PosteriorBayesianRouting', 'TopTwoThompson'] as const).map(
    (division) => productPolicy(division, decide),
  ),
);

function answerOf(experiment: Experiment, names: readonly string[]): Answer {
  const { outcome } = experiment.status!;
  const shares = sharesOf(experiment);
  if (!outcome) return { shares, choice: choiceOf(experiment, names), isOver: false };
  const won =
    outcome.decision === 'Promote' || outcome.reason === 'BaselineWon'
      ? names.indexOf(outcome.version ?? names[0]!)
      : undefined;
  return { shares, winner: won, choice: won ?? choiceOf(experiment, names), isOver: true };
}

/** The version that most probably has the best reward, as far as the evidence says. */
function choiceOf({ status }: Experiment, names: readonly string[]): number {
  const rewards = (status!.evidence ?? []).filter(({ role }) => role === 'Reward');
  const chances = names.map((name) =>
    Number(rewards.find(({ version }) => version === name)?.probability ?? 0),
  );
  return chances.indexOf(Math.max(...chances));
}

function together(some: Conversions, others: Conversions): Conversions {
  return {
    requests: some.requests + others.requests,
    conversions: some.conversions + others.conversions,
  };
}

function valueOf({ requests, conversions }: Conversions):
  | { kind: 'Value'; value: number }
  | {
      kind: 'NoData';
      reason: 'NoData';
      message: string;
    } {
  if (requests > 0) return { kind: 'Value', value: conversions / requests };
  return { kind: 'NoData', reason: 'NoData', message: 'the answer is empty' };
}

function tallyOf({ requests, conversions }: Conversions): Tally {
  return { kind: 'Rate', trials: requests, events: conversions };
}

function byName<Of>(names: readonly string[], values: readonly Of[]): Record<string, Of> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}
