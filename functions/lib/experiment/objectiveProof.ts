// What the samples counted so far prove about each version and objective that is to be proved.
import type { Knowledge, ObjectiveKnowledge } from '../analysis/knowledge.ts';
import {
  batchOf,
  questionsOf,
  type Batch,
  type Making,
  type Question,
} from '../analysis/questions.ts';
import { parseQuantity } from '../analysis/quantity.ts';
import {
  NO_SAMPLES,
  proofOf,
  recordWith,
  type Proof,
  type SampleRecord,
} from '../analysis/record.ts';
import { brokenQuestion, isKept, type Finding, type Rule } from '../analysis/safe.ts';
import { betaCdf } from '../analysis/special.ts';
import type { Experiment, Objective } from '../types/experiment.gen.ts';
import { resolveMetric } from './metricNames.ts';
import { isCounted, type Tallies, type Tally } from './observations.ts';
import type { Settings } from './settings.ts';
import { isToBeProved, makingOf } from './strength.ts';

/** An objective that is to be proved. */
export type ProvableObjective = {
  /** Its position in spec.criteria.objectives. */
  index: number;
  objective: Objective;
  fullName: string;
  key: string;
  making: Making;
  units: string | undefined;
  questions: readonly Question[];
};

/** The objectives that are to be proved, in the order of the spec. */
export function provableObjectives(
  experiment: Experiment,
  settings: Settings,
): ProvableObjective[] {
  const { spec, status } = experiment;
  return (spec.criteria?.objectives ?? []).flatMap((objective, index) => {
    const fullName = resolveMetric(objective.metric, experiment, settings);
    const metric = status!.metrics?.find(({ name }) => name === fullName)?.metricObj.spec;
    const making = metric && makingOf(metric);
    if (!isToBeProved(spec, objective) || !fullName || !making) return [];
    const { upperLimit = '', lowerLimit = '' } = objective;
    const limits = { upper: parseQuantity(upperLimit), lower: parseQuantity(lowerLimit) };
    const key = `${fullName} ${lowerLimit}..${upperLimit}`;
    const questions = questionsOf(limits, making);
    return [{ index, objective, fullName, key, making, units: metric.units, questions }];
  });
}

/** What one look adds, and for how many looks the evidence is made. */
export type NewCounts = {
  tallies: Tallies;
  versions: readonly string[];
  /** After so many looks the detectors watch on, but begin nothing anew. */
  horizon: number;
};

/**
 * The knowledge of the objectives after one look more. An objective that an edit has brought begins
 * without samples and with half of the error budget that its metric had left.
 */
export function objectivesAfter(
  before: Knowledge | undefined,
  objectives: readonly ProvableObjective[],
  added: NewCounts,
): ObjectiveKnowledge[] {
  return objectives.map((objective) => {
    const known = knownOf(before, objective, added.versions.length);
    const tallies = added.versions.map((version) => added.tallies[objective.fullName]?.[version]);
    return withTallies(known, objective, { tallies, horizon: added.horizon });
  });
}

function knownOf(
  before: Knowledge | undefined,
  { key, fullName, questions }: ProvableObjective,
  versions: number,
): ObjectiveKnowledge {
  const same = before?.objectives.find((one) => one.key === key);
  if (same?.records.every((records) => records.length === questions.length)) return same;
  const earlier = (before?.objectives ?? []).filter((one) => one.key.startsWith(`${fullName} `));
  const left = Math.min(1, ...earlier.map(({ share }) => share));
  const none = <T>(item: T): T[] => Array.from({ length: versions }, () => item);
  return {
    key,
    share: before ? left / 2 : 1,
    edges: [],
    buckets: none([]),
    records: none(questions.map(() => NO_SAMPLES)),
  };
}

function withTallies(
  known: ObjectiveKnowledge,
  { questions, making }: ProvableObjective,
  { tallies, horizon }: { tallies: readonly (Tally | undefined)[]; horizon: number },
): ObjectiveKnowledge {
  const batches = tallies.map((tally) =>
    questions.map((question) => (isCounted(tally) ? batchOf(question, tally, making) : NO_BATCH)),
  );
  const records = known.records.map((ofVersion, version) =>
    ofVersion.map((record, index) => {
      const question = questions[index]!;
      const batch = batches[version]![index]!;
      const isExcused = version > 0 && areBothBad(batch, batches[0]![index]!, question);
      return recordWith(record, batch, question, { horizon, isExcused });
    }),
  );
  return { ...known, records, ...bucketsWith(known, tallies) };
}

const NO_BATCH: Batch = { samples: 0, most: 0, least: 0 };
/** The chance that a baseline which keeps the limit is taken for one that does not, in one look. */
const COMMON_CAUSE_ALPHA = 0.01;

/** Whether a version is over the limit in a look in which the baseline surely is as well. */
function areBothBad(own: Batch, baseline: Batch, { limit }: Question): boolean {
  if (own.least <= limit * own.samples || baseline.least <= 0) return false;
  const good = baseline.samples - baseline.least;
  return betaCdf(limit, baseline.least, good + 1) <= COMMON_CAUSE_ALPHA;
}

/** The buckets with what was counted; only the edges that all histograms have are kept. */
function bucketsWith(
  { edges, buckets }: ObjectiveKnowledge,
  tallies: readonly (Tally | undefined)[],
): Pick<ObjectiveKnowledge, 'edges' | 'buckets'> {
  const histograms = tallies.map((tally) =>
    isCounted(tally) && tally.kind === 'Quantile' ? tally : undefined,
  );
  const known = histograms.flatMap((one) => (one ? [one.edges] : []));
  const all = edges.length > 0 ? [edges, ...known] : known;
  const common = (all[0] ?? []).filter((edge) => all.every((each) => each.includes(edge)));
  return {
    edges: common,
    buckets: buckets.map((counts, version) => {
      const sum = rebinned({ edges, counts }, common);
      const more = histograms[version];
      return more ? rebinned(more, common).map((count, bucket) => count + sum[bucket]!) : sum;
    }),
  };
}

/** The counts by fewer edges. Worked: edges 1, 2, 5 with counts 3, 4, 5, 6 by edges 1, 5: 3, 9, 6. */
function rebinned(
  { edges, counts }: { edges: readonly number[]; counts: readonly number[] },
  fewer: readonly number[],
): number[] {
  const sums = [...fewer, Infinity].map(() => 0);
  counts.forEach((count, bucket) => {
    const upper = edges[bucket] ?? Infinity;
    const index = fewer.findIndex((edge) => edge >= upper);
    sums[index < 0 ? fewer.length : index]! += count;
  });
  return sums;
}

/** What the latest look has added to a record. */
function latestOf(
  record: SampleRecord,
  before: SampleRecord,
): { samples: number; least: number; excused: number } {
  return {
    samples: record.samples - before.samples,
    least: record.least - before.least,
    excused: record.excused.samples - before.excused.samples,
  };
}

/** What is proved about one version and one objective. */
export type ObjectiveVerdict = {
  verdict: 'Satisfied' | 'Violated' | 'Undecided';
  /** By question. */
  records: readonly SampleRecord[];
  proofs: readonly Proof[];
  findings: readonly Finding[];
  /** Whether in this look it was over the limit together with the baseline. */
  isExcused: boolean;
  /** Whether more of the samples of this look were bad than a limit allows. */
  isBadNow: boolean;
};

/**
 * The verdicts on one version by objective. `wasProved` says that it was proved to be good before:
 * that holds for these limits until one of them is proved to be broken.
 */
export function verdictsFor(
  version: number,
  objectives: readonly ProvableObjective[],
  known: readonly ObjectiveKnowledge[],
  { wasProved, before, ...rule }: Rule & { wasProved: boolean; before: Knowledge | undefined },
): ObjectiveVerdict[] {
  const proved = objectives.map((provable, objective) => {
    const { questions, making } = provable;
    const { share, records } = known[objective]!;
    const own = records[version]!;
    const proofs = own.map((record, index) => proofOf(record, questions[index]!));
    const findings = proofs.map((proof, index) => {
      return { proof, share, limit: questions[index]!.limit, isExact: making.kind !== 'Mean' };
    });
    const earlier = before?.objectives.find(({ key }) => key === known[objective]!.key);
    const latest = own.map((record, index) => {
      return latestOf(record, earlier?.records[version]?.[index] ?? NO_SAMPLES);
    });
    const isExcused = latest.some(({ excused }) => excused > 0);
    const isBadNow = latest.some(({ samples, least }, index) => {
      return least > questions[index]!.limit * samples;
    });
    const isKnown = wasProved && earlier !== undefined;
    const isGood =
      isKnown || (isProvable(provable) && findings.every((each) => isKept(each, rule)));
    return { records: own, proofs, findings, isExcused, isBadNow, isGood };
  });
  const all = proved.flatMap(({ findings }) => findings);
  const broken = brokenQuestion(all, rule.alpha);
  return proved.map(({ isGood, ...one }) => {
    const isBroken = broken !== undefined && one.findings.includes(all[broken]!);
    return { ...one, verdict: isBroken ? 'Violated' : isGood ? 'Satisfied' : 'Undecided' };
  });
}

/** Whether counts can prove anything about an objective: of unlimited values no mean is ever sure. */
export function isProvable({ making }: Pick<ProvableObjective, 'making'>): boolean {
  return making.kind !== 'Mean' || making.highest !== undefined;
}
