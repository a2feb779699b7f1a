// What was found, as charts.
import type { Findings } from './findings.ts';
import { HORIZON, POLICIES, RULES } from './jobs.ts';
import { barChart, lineChart, type Series } from './svg.ts';

const SHOWN_RULES = ['iter8', 'flagger', 'argo', 'kayenta', 'p-value', 'early', 'at-end'];
const BY_BADNESS = [
  ['G1', '0.5'],
  ['G2', '0.8'],
  ['B0', '1'],
  ['B1', '1.2'],
  ['B2', '1.5'],
  ['B3', '2'],
  ['B4', '5'],
] as const;
const TRUTHS = { title: 'true rate, as a multiple of the limit' };

/** Charts by name. */
export function chartsOf(findings: Findings): Record<string, string> {
  return {
    promoted: promoted(findings, 10),
    exposed: exposed(findings),
    'false-winners': falseWinners(findings),
    regret: regret(findings),
  };
}

function promoted(findings: Findings, traffic: number): string {
  const series = seriesOf(
    findings,
    { traffic, names: BY_BADNESS.map(([name]) => name) },
    (one) => 100 * one.promoted,
  );
  return lineChart({
    title: `Promoted after ${HORIZON} looks at ${traffic} requests/s`,
    description:
      'Share of versions promoted, by how good they truly are. Left of 1 high is right; from 1 on low is right.',
    across: { ...TRUTHS, names: BY_BADNESS.map(([, multiple]) => multiple) },
    up: { title: 'promoted, %', ticks: [0, 20, 40, 60, 80, 100], isLogarithmic: false },
    series,
  });
}

function exposed(findings: Findings): string {
  const bad = BY_BADNESS.slice(3);
  const series = seriesOf(
    findings,
    { traffic: 1000, names: bad.map(([name]) => name) },
    (one) => one.exposed,
  );
  return lineChart({
    title: 'Requests that a bad version answers before it is stopped, at 1000 requests/s',
    description: 'Mean number of requests to a bad candidate, by how bad it is. Low is right.',
    across: { ...TRUTHS, names: bad.map(([, multiple]) => multiple) },
    up: {
      title: 'requests to the candidate',
      ticks: [100, 1000, 10_000, 100_000],
      isLogarithmic: true,
    },
    series,
  });
}

function seriesOf(
  { canaries }: Findings,
  { traffic, names }: { traffic: number; names: readonly string[] },
  of: (finding: Findings['canaries'][number]) => number,
): Series[] {
  return SHOWN_RULES.map((rule) => ({
    name: RULES.find(({ name }) => name === rule)!.title,
    isOurs: rule === 'at-end',
    values: names.map((candidate) => {
      const found = canaries.find(
        (one) =>
          one.rule === rule &&
          one.traffic === traffic &&
          one.horizon === HORIZON &&
          one.candidate === candidate,
      );
      return found && of(found);
    }),
  }));
}

function falseWinners({ contests }: Findings): string {
  const bars = POLICIES.flatMap(({ name, title }) => {
    const own = contests.filter((one) => one.policy === name && one.contest.startsWith('null'));
    if (own.length === 0) return [];
    const value = 100 * Math.max(...own.map(({ falseWinner }) => falseWinner));
    return [{ name: short(title), value, isOurs: isOurs(title) }];
  });
  return barChart({
    title: 'Winners where there is none, worst case',
    description:
      'Share of A/B experiments between equal versions that named a winner, in the worst of the cases tried. Low is right; the product promises 5 at most.',
    across: { title: 'experiments with a false winner, %', ticks: [0, 20, 40, 60, 80, 100] },
    groups: [{ name: '', bars }],
  });
}

function regret({ contests }: Findings): string {
  const groups = [
    { contest: '+10@100', name: '10 % better, 100 requests/s' },
    { contest: '4@100', name: 'four versions, one 20 % better, 100 requests/s' },
  ].map(({ contest, name: group }) => ({
    name: group,
    bars: POLICIES.flatMap(({ name, title }) => {
      const found = contests.find((one) => one.policy === name && one.contest === contest);
      return found ? [{ name: short(title), value: found.regret, isOurs: isOurs(title) }] : [];
    }),
  }));
  return barChart({
    title: 'What finding the winner costs',
    description:
      'Conversions lost for 1000 requests against giving the best version all traffic. Low is right.',
    across: { title: 'conversions lost per 1000 requests', ticks: [0, 2, 4, 6, 8, 10] },
    groups,
  });
}

function isOurs(title: string): boolean {
  return title.startsWith('this product');
}

function short(title: string): string {
  return title
    .replace('this product, ', '')
    .replace('PosteriorBayesianRouting', 'PosteriorRouting');
}
