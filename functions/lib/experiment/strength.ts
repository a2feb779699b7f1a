// How much evidence an experiment asks for, and how the values of its metrics come about.
import type { Making } from '../analysis/questions.ts';
import { parseQuantity, type Quantity } from '../analysis/quantity.ts';
import type {
  Criteria,
  Experiment,
  ExperimentSpec,
  MetricInfo,
  Objective,
} from '../types/experiment.gen.ts';
import type { MetricSpec } from '../types/metric.gen.ts';
import { resolveMetric } from './metricNames.ts';
import type { Settings } from './settings.ts';

const DEFAULT_CONFIDENCE = 0.95;

/** Whether decisions are to be proved, rather than read off the latest values. */
export function isProven({ criteria }: Pick<ExperimentSpec, 'criteria'>): boolean {
  return criteria?.strength?.method === 'Proven';
}

/** How often a decision may be wrong. Worked: confidence "0.95" → 0.05. */
export function alphaOf(criteria: Criteria | undefined): number {
  const confidence = Number(criteria?.strength?.confidence ?? DEFAULT_CONFIDENCE);
  return Number((1 - confidence).toFixed(6));
}

/** Whether this objective is to be proved. */
export function isToBeProved(
  spec: Pick<ExperimentSpec, 'criteria'>,
  objective: Objective,
): boolean {
  return isProven(spec) && objective.method !== 'Observed';
}

/** The metrics, as the user wrote them, whose samples are counted: each once. */
export function mentionedForProof({ criteria }: Pick<ExperimentSpec, 'criteria'>): string[] {
  if (!isProven({ criteria })) return [];
  const objectives = (criteria?.objectives ?? []).filter((one) => isToBeProved({ criteria }, one));
  const names = [...objectives, ...(criteria?.rewards ?? [])].map(({ metric }) => metric);
  return [...new Set(names)];
}

/** The full names of the metrics whose samples are counted, as far as they were read at the start. */
export function provenMetrics(experiment: Experiment, settings: Settings): string[] {
  return mentionedForProof(experiment.spec).flatMap(
    (name) => resolveMetric(name, experiment, settings) ?? [],
  );
}

/** How the values of a metric come about, in its units; undefined where its evidence does not say. */
export function makingOf({ evidence }: Pick<MetricSpec, 'evidence'>): Making | undefined {
  switch (evidence?.kind) {
    case 'Rate':
      return { kind: 'Rate', factor: numberOf(evidence.unitFactor) ?? 1 };
    case 'Quantile':
      return { kind: 'Quantile', quantile: Number(evidence.quantile ?? NaN) };
    case 'Mean':
      return {
        kind: 'Mean',
        lowest: numberOf(evidence.lowest) ?? 0,
        highest: numberOf(evidence.highest),
      };
    case undefined:
      return undefined;
  }
}

function numberOf(quantity: Quantity | undefined): number | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity);
}

/** Why an experiment cannot be decided by proof with these metrics; undefined where it can. */
export function whyUnprovable(
  { criteria }: Pick<ExperimentSpec, 'criteria'>,
  findMetric: (name: string) => MetricInfo | undefined,
): string | undefined {
  const objectives = (criteria?.objectives ?? []).filter((one) => isToBeProved({ criteria }, one));
  const rewards = isProven({ criteria }) ? (criteria?.rewards ?? []) : [];
  const problems = [
    ...objectives.map(({ metric }) => objectiveProblem(metric, findMetric(metric))),
    ...rewards.map(({ metric }) => rewardProblem(metric, findMetric(metric))),
  ];
  return problems.find((problem) => problem !== undefined);
}

/** Why an experiment cannot be decided by proof with the metrics that its status knows. */
export function unprovableBy(experiment: Experiment, settings: Settings): string | undefined {
  return whyUnprovable(experiment.spec, (name) => {
    const fullName = resolveMetric(name, experiment, settings);
    return experiment.status!.metrics?.find((metric) => metric.name === fullName);
  });
}

function objectiveProblem(name: string, metric: MetricInfo | undefined): string | undefined {
  if (!metric || metric.metricObj.spec.evidence) return undefined;
  return `the Metric ${metric.name} says nothing of how its value comes about (spec.evidence), so that nothing can be proved by it; give it evidence, or let the objective on ${name} say method: Observed`;
}

function rewardProblem(name: string, metric: MetricInfo | undefined): string | undefined {
  const evidence = metric?.metricObj.spec.evidence;
  const isUsable =
    evidence?.kind === 'Rate' || (evidence?.kind === 'Mean' && evidence.sumOfSquares !== undefined);
  if (!metric || isUsable) return undefined;
  return `the reward ${name} cannot be compared: the spec.evidence of Metric ${metric.name} must be a Rate, or a Mean with sumOfSquares; give it one, or set criteria.strength.method to Observed`;
}
