// The product as a rule among others for canaries.
import type { Tally } from '../../functions/lib/experiment/observations.ts';
import type {
  Experiment,
  ExperimentSpec,
  Outcome,
  Strength,
} from '../../functions/lib/types/experiment.gen.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';
import { begun, looked, looksOf, sharesOf, type Report } from './product.ts';
import { ERROR_LIMIT, NOTHING, together, type Window } from './traffic.ts';
import type { End, Rule } from './trial.ts';

/** The slowest a request may be, in milliseconds, to count as fast. */
const LATENCY_LIMIT = 250;
const EDGES = [50, 100, LATENCY_LIMIT, 500, 1000];

const METRICS: Record<string, MetricEvidence> = {
  'error-rate': { kind: 'Rate', events: 'failed', trials: 'requests' },
  latency: { kind: 'Quantile', buckets: 'seconds_bucket', quantile: '0.95', unitFactor: 1000 },
};

/** A Progressive Canary with both objectives, to be decided with this strength. */
export function canarySpec(horizon: number, strength: Strength | undefined): ExperimentSpec {
  return {
    target: 'model',
    versionInfo: { baseline: { name: 'default' }, candidates: [{ name: 'canary' }] },
    strategy: {
      testingPattern: 'Canary',
      deploymentPattern: 'Progressive',
      weights: { maxCandidateWeight: 50, maxCandidateWeightIncrement: 50 },
    },
    criteria: {
      minimumRequests: 10,
      consecutiveErrorLimit: 5,
      objectives: [
        { metric: 'error-rate', upperLimit: String(ERROR_LIMIT) },
        { metric: 'latency', upperLimit: LATENCY_LIMIT },
      ],
      ...(strength && { strength }),
    },
    duration: looksOf(horizon),
  };
}

/** The product's rule of this strength. `watch` is told each status. */
export function productRule(
  { name, title, strength }: { name: string; title: string; strength?: Strength },
  watch: (experiment: Experiment) => void = () => undefined,
): Rule {
  return {
    name,
    title,
    begin: ({ horizon }, run) => {
      let experiment = begun(canarySpec(horizon, strength), METRICS, run);
      let [baseline, candidate] = [NOTHING, NOTHING];
      return {
        share: sharesOf(experiment)[1]!,
        look: (seen) => {
          baseline = together(baseline, seen.baseline);
          candidate = together(candidate, seen.candidate);
          const report = reported(
            { default: seen.baseline, canary: seen.candidate },
            { default: baseline, canary: candidate },
          );
          experiment = looked(experiment, report);
          watch(experiment);
          const { outcome } = experiment.status!;
          return outcome ? { end: endOf(outcome) } : { share: sharesOf(experiment)[1]! };
        },
      };
    },
  };
}

/** The product's rules. */
export const PRODUCT_RULES: readonly Rule[] = [
  productRule({ name: 'observed', title: 'this product, Observed' }),
  productRule({
    name: 'early',
    title: 'this product, Proven, Early',
    strength: { method: 'Proven', confidence: '0.95', decide: 'Early' },
  }),
  productRule({
    name: 'at-end',
    title: 'this product, Proven, AtEnd',
    strength: { method: 'Proven', confidence: '0.95', decide: 'AtEnd' },
  }),
];

function endOf({ decision, reason }: Outcome): End {
  if (decision === 'Promote') return 'Promoted';
  if (reason === 'ObjectiveViolated') return 'RolledBack';
  return reason === 'Futile' ? 'Futile' : 'Undecided';
}

type ByVersion = Record<string, Window>;

function reported(latest: ByVersion, all: ByVersion): Report {
  return {
    measurements: {
      'team/error-rate': mapped(all, (window) => valueOf(window, window.errors / window.requests)),
      'team/latency': mapped(all, (window) => valueOf(window, percentile(bucketsOf(window)))),
    },
    tallies: {
      'team/error-rate': mapped(latest, ({ requests, errors }): Tally => ({
        kind: 'Rate',
        trials: requests,
        events: errors,
      })),
      'team/latency': mapped(latest, (window): Tally => ({
        kind: 'Quantile',
        edges: EDGES,
        counts: bucketsOf(window),
      })),
    },
  };
}

function mapped<To>(windows: ByVersion, map: (window: Window) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(windows).map(([name, window]) => [name, map(window)]));
}

function valueOf({ requests }: Window, value: number): Report['measurements'][string][string] {
  if (requests > 0) return { kind: 'Value', value };
  return { kind: 'NoData', reason: 'NoData', message: 'the answer is empty' };
}

/** Requests by how long they took. Only the limit's bucket edge matters: the rest is divided evenly. */
function bucketsOf({ requests, slow }: Window): number[] {
  const fast = requests - slow;
  const [first, second] = [Math.floor(fast / 2), Math.floor(fast / 4)];
  const late = Math.floor(slow / 4);
  return [first, second, fast - first - second, slow - 2 * late, late, late];
}

/** The 95th percentile as Prometheus interpolates it. */
function percentile(counts: readonly number[]): number {
  const rank = 0.95 * counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [index, edge] of EDGES.entries()) {
    const count = counts[index]!;
    const from = EDGES[index - 1] ?? 0;
    if (below + count >= rank) return from + ((edge - from) * (rank - below)) / count;
    below += count;
  }
  return EDGES.at(-1)!;
}
