import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assessVersions,
  type MetricValues,
  type Objective,
} from '../../functions/lib/analysis/assessment.ts';
import {
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../functions/lib/analysis/quantity.ts';
import { roundRandomly } from '../../functions/lib/analysis/rounding.ts';
import { progressiveWeights, type Weight } from '../../functions/lib/analysis/weights.ts';
import { assessWinner, type TestingPattern } from '../../functions/lib/analysis/winner.ts';
import { referenceJson } from '../shared.ts';

/**
 * Where the original crashes or shows a known bug, the better answer and the reason, by case.
 * `answer` is compared with ours instead of the recorded output; without it the case is left to
 * the part of the product that the reason names.
 */
const BETTER_ANSWERS: Record<string, { reason: string; answer?: unknown }> = {
  'va-024': {
    reason: 'crashed without aggregatedMetrics: now every value is missing',
    answer: { default: [false], canary: [false] },
  },
  'va-028': {
    reason: 'truncated the JSON number 1.9 to 1: now 1.9 is above 1.5',
    answer: { default: [false], canary: [false] },
  },
  'va-034': {
    reason: 'crashed on a limit that is no quantity: now it is never met (the schema refuses it)',
    answer: { default: [false], canary: [false] },
  },
  'va-040': { reason: 'an unknown testing pattern is refused by the schema' },
  'va-042': {
    reason: 'NaN passed every limit: now it is no value',
    answer: { default: [false], canary: [true] },
  },
  'wa-016': {
    reason: 'crashed on a version without assessments: now it is not feasible',
    answer: { winnerFound: true, winner: 'default', bestVersions: ['default'] },
  },
  'wa-018': {
    reason: 'crashed without an analysis: now nothing is known, and nothing wins',
    answer: { winnerFound: false, bestVersions: [] },
  },
  'wa-062': {
    reason: 'crashed on an empty list of rewards: now as without rewards',
    answer: { winnerFound: false, bestVersions: [] },
  },
  'wa-066': { reason: 'a reward without preferredDirection is refused by the schema' },
  'w-032': { reason: 'a negative increment is refused by the schema' },
  'w-034': {
    reason: 'read weights by position: by name the candidate has 1, not 99; the result is the same',
    answer: [95, 5],
  },
  'w-036': {
    reason: 'read weights by position: by name neither version has one yet',
    answer: [90, 10],
  },
  'w-038': { reason: 'crashed on empty weights: now no version has one yet', answer: [90, 10] },
  'w-042': {
    reason: 'lost the share of a best version that does not exist: now the baseline is best',
    answer: [95, 5],
  },
  'w-044': { reason: 'crashed without a winner: now the baseline is best', answer: [95, 5] },
  'w-046': {
    reason: 'bestVersions was pruned from the stored status: now it is stored',
    answer: [95, 5],
  },
  'q-028': { reason: 'a quantity has an exponent or a suffix, not both', answer: undefined },
  'q-034': { reason: 'infinity is no quantity', answer: undefined },
  'q-036': { reason: 'spaces are no part of a quantity', answer: undefined },
  'q-042': { reason: 'infinity is no quantity', answer: undefined },
  'q-044': { reason: 'underscores are no part of a quantity', answer: undefined },
};

type Named = { name: string };
type Case = {
  id: string;
  description: string;
  input: {
    spec: {
      strategy: { testingPattern: TestingPattern; weights?: Record<string, number> };
      versionInfo: { baseline: Named; candidates?: Named[] };
      criteria?: {
        objectives?: Objective[];
        rewards?: { metric: string; preferredDirection: 'High' | 'Low' }[];
      };
    };
    status: {
      currentWeightDistribution?: Weight[];
      analysis?: {
        aggregatedMetrics?: {
          data: Record<string, { data: Record<string, { value?: Quantity | null }> }>;
        };
        versionAssessments?: { data: Record<string, boolean[]> | null };
        winnerAssessment?: { data: { bestVersions?: string[] } };
      };
    };
  };
  output: { status: number; body: { data: unknown; message: string | null } };
  draws?: number[];
};

const oracle = suite('iter8 analytics as recorded');

type Recorded<T> = { cases: T[] };

function eachCase<T extends { id: string; description?: string }>(
  recorded: Recorded<T> | undefined,
  check: (oracleCase: T) => void,
): void {
  for (const oracleCase of recorded?.cases ?? []) {
    const { id, description = '' } = oracleCase;
    oracle(`${id} ${description}`, () => {
      check(oracleCase);
    });
  }
}

function versionsOf({ spec }: Case['input']): string[] {
  return [spec.versionInfo.baseline, ...(spec.versionInfo.candidates ?? [])].map(
    ({ name }) => name,
  );
}

function valuesOf({ status }: Case['input']): MetricValues {
  const metrics = Object.entries(status.analysis?.aggregatedMetrics?.data ?? {});
  return Object.fromEntries(
    metrics.map(([metric, { data }]) => [
      metric,
      Object.fromEntries(Object.entries(data).map(([name, { value = null }]) => [name, value])),
    ]),
  );
}

function isLeftToAnotherPart(id: string): boolean {
  return id in BETTER_ANSWERS && !('answer' in BETTER_ANSWERS[id]!);
}

eachCase(
  referenceJson<Recorded<Case>>('oracle/version_assessments.json'),
  ({ id, input, output }) => {
    if (isLeftToAnotherPart(id)) return;
    const ours = assessVersions(
      versionsOf(input),
      input.spec.criteria?.objectives,
      valuesOf(input),
    );
    const better = BETTER_ANSWERS[id];
    assert.equal(ours.data, better ? better.answer : output.body.data);
    if (!better) assert.is(ours.message ?? null, output.body.message);
  },
);

eachCase(
  referenceJson<Recorded<Case>>('oracle/winner_assessment.json'),
  ({ id, input, output }) => {
    if (isLeftToAnotherPart(id)) return;
    const { message, ...ours } = assessWinner(input.spec.strategy.testingPattern, contestOf(input));
    const better = BETTER_ANSWERS[id];
    assert.equal(ours, better ? better.answer : withoutNulls(output.body.data as object));
    if (!better) assert.is(message ?? null, output.body.message);
  },
);

function contestOf(input: Case['input']): Parameters<typeof assessWinner>[1] {
  const { analysis } = input.status;
  const reward = input.spec.criteria?.rewards?.[0];
  const nothingKnown = Object.fromEntries(versionsOf(input).map((name) => [name, [false]]));
  return {
    versions: versionsOf(input),
    assessments: analysis ? (analysis.versionAssessments?.data ?? {}) : nothingKnown,
    reward,
    rewardValues: reward && valuesOf(input)[reward.metric],
  };
}

function withoutNulls(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/** What the original's analytics assumed when it was called without its controller. */
const ANALYTICS_DEFAULTS = { maxCandidateWeight: 100, maxCandidateWeightIncrement: 5 };

eachCase(referenceJson<Recorded<Case>>('oracle/weights.json'), ({ id, input, output, draws }) => {
  if (isLeftToAnotherPart(id) || input.spec.strategy.testingPattern === 'Conformance') return;
  const ours = weightsFor(input, draws ?? [0.5, 0.5]);
  const better = BETTER_ANSWERS[id]?.answer as number[] | undefined;
  const recorded = output.body.data as Weight[];
  assert.equal(
    ours.map(({ value }) => value),
    better ?? recorded.map(({ value }) => value),
  );
  assert.equal(
    ours.map(({ name }) => name),
    versionsOf(input),
  );
});

function weightsFor({ spec, status }: Case['input'], draws: readonly number[]): Weight[] {
  const { weights } = spec.strategy;
  return progressiveWeights(
    {
      versions: versionsOf({ spec, status }),
      current: status.currentWeightDistribution ?? [],
    },
    status.analysis?.winnerAssessment?.data.bestVersions ?? [],
    weights && { ...ANALYTICS_DEFAULTS, ...weights },
    replay(draws),
  );
}

function replay(draws: readonly number[]): () => number {
  const rest = [...draws];
  return () => {
    if (rest.length === 0) assert.unreachable('more draws than recorded');
    return rest.shift()!;
  };
}

type RoundingCase = {
  id: string;
  input: { weights: number[]; total: number };
  draws: number[];
  output: number[];
};

eachCase(
  referenceJson<Recorded<RoundingCase>>('oracle/gen_round.json'),
  ({ input, draws, output }) => {
    assert.equal(roundRandomly(input.weights, input.total, replay(draws)), output);
  },
);

type QuantityCase = {
  id: string;
  fn: 'convert_to_float' | 'convert_to_quantity';
  input: Quantity | null;
  output: { float?: number | string | null; exception?: string } | Quantity | null;
};

eachCase(
  referenceJson<Recorded<QuantityCase>>('oracle/quantity.json'),
  ({ id, fn, input, output }) => {
    if (input === null) return;
    if (fn === 'convert_to_quantity') {
      const text = formatQuantity(input as number);
      assert.is(parseQuantity(text), Number(output) + 0);
      return;
    }
    const recorded = (output as { float?: number }).float;
    assert.is(parseQuantity(input), id in BETTER_ANSWERS ? BETTER_ANSWERS[id]!.answer : recorded);
  },
);

oracle.run();
