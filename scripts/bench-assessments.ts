// How long decisions take, in this process and without any I/O: iter8's rule on latest values, what one
// look proves, and the whole plan of a look with the state that it writes.
import { assessVersions } from '../functions/lib/analysis/assessment.ts';
import { progressiveWeights } from '../functions/lib/analysis/weights.ts';
import { assessWinner } from '../functions/lib/analysis/winner.ts';
import { binomial, type Random } from '../functions/lib/analysis/random.ts';
import { plan } from '../functions/lib/experiment/iterate.ts';
import type { Counts, Tallies } from '../functions/lib/experiment/observations.ts';
import { paceOf } from '../functions/lib/experiment/pace.ts';
import { proofOfLook } from '../functions/lib/experiment/proof.ts';
import { randomFrom } from '../functions/lib/runtime/seed.ts';
import type { Experiment, ExperimentSpec } from '../functions/lib/types/experiment.gen.ts';
import type { MetricEvidence } from '../functions/lib/types/metric.gen.ts';
import { begun, SETTINGS } from './decisions/product.ts';

const LOOKS = 40;
const ROUNDS = 30;
const INTERVAL_SECONDS = 30;
const SAMPLES = 5000;
const EDGES = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000, 50_000];
/** What the original service was measured to do, with its network and process: assessments a second. */
const ORIGINAL = 760;

const RATE: MetricEvidence = { kind: 'Rate', events: 'errors', trials: 'requests' };
const QUANTILE: MetricEvidence = { kind: 'Quantile', buckets: 'latency', quantile: '0.95' };

const random = randomFrom('bench-assessments');
const perSecond = observedPerSecond();
console.log(
  `iter8's rule on latest values, 2 versions × 3 objectives: ${Math.round(perSecond).toLocaleString('en-US')} a second, ${Math.round(perSecond / ORIGINAL)} times the original service's ${ORIGINAL}`,
);
for (const [versions, objectives, rewards] of [
  [2, 1, 0],
  [2, 3, 0],
  [2, 0, 1],
  [5, 5, 2],
] as const) {
  report({ versions, objectives, rewards });
}

function observedPerSecond(): number {
  const versions = ['default', 'canary'];
  const metrics = ['latency', 'error-rate', 'restarts'];
  const objectives = metrics.map((metric) => ({ metric, upperLimit: '0.05' }));
  const values = Object.fromEntries(
    metrics.map((metric) => [metric, { default: '0.01', canary: '0.02' }]),
  );
  const current = [
    { name: 'default', value: 90 },
    { name: 'canary', value: 10 },
  ];
  const limits = { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 };
  const assess = (): void => {
    const { data } = assessVersions(versions, objectives, values);
    const { bestVersions } = assessWinner('Canary', { versions, assessments: data });
    progressiveWeights({ versions, current }, bestVersions, limits, random);
  };
  const count = 200_000;
  for (let round = 0; round < count / 10; round++) assess();
  const start = performance.now();
  for (let round = 0; round < count; round++) assess();
  return (1000 * count) / (performance.now() - start);
}

type Size = { versions: number; objectives: number; rewards: number };

function report(size: Size): void {
  const times: { proof: number; plan: number }[] = [];
  let state = '';
  for (let round = 0; round < ROUNDS; round++) {
    let experiment = experimentOf(size);
    for (let look = 1; look <= LOOKS && experiment.status!.stage === 'Running'; look++) {
      const taken = timed(experiment, look);
      times.push(taken);
      experiment = taken.next;
      state = experiment.status!.analysis!.state!;
    }
  }
  const warm = times.slice(times.length / 3);
  const middle = (what: 'proof' | 'plan'): string => {
    const sorted = warm.map((one) => one[what]).sort((a, b) => a - b);
    return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} ms (99 %: ${sorted[Math.floor(sorted.length * 0.99)]!.toFixed(2)})`;
  };
  console.log(
    `${size.versions} versions × ${size.objectives} objectives, ${size.rewards} rewards: a look is proved in ${middle('proof')}, planned in ${middle('plan')}; state ${Math.round(state.length / size.versions)} bytes a version`,
  );
}

function timed(
  experiment: Experiment,
  look: number,
): { proof: number; plan: number; next: Experiment } {
  const tallies = talliesOf(experiment);
  const { startTime, currentWeightDistribution: weights } = experiment.status!;
  const now = new Date(new Date(startTime!).getTime() + look * INTERVAL_SECONDS * 1000);
  const pace = paceOf(experiment, now, SETTINGS);
  const start = performance.now();
  proofOfLook(experiment, { tallies, pace, settings: SETTINGS, random });
  const proved = performance.now();
  const seen = {
    target: { kind: 'Observed', weights: weights! } as const,
    measurements: {},
    tallies,
    evaluationTime: now,
  };
  const by = { settings: SETTINGS, now, random, freeze: { kind: 'Open' } as const };
  const { status } = plan(experiment, seen, by);
  const planned = performance.now();
  const next = JSON.parse(JSON.stringify({ ...experiment, status })) as Experiment;
  return { proof: proved - start, plan: planned - proved, next };
}

function experimentOf({ versions, objectives, rewards }: Size): Experiment {
  const kinds = Array.from({ length: objectives }, (_none, index) => (index % 2 ? QUANTILE : RATE));
  const judged = kinds.map((evidence, index) => [`objective-${index}`, evidence] as const);
  const rewarded = Array.from(
    { length: rewards },
    (_none, index) => [`reward-${index}`, RATE] as const,
  );
  const candidates = Array.from({ length: versions - 1 }, (_none, index) => ({
    name: `candidate-${index}`,
  }));
  const spec: ExperimentSpec = {
    target: 'model',
    versionInfo: { baseline: { name: 'default' }, candidates },
    strategy: {
      testingPattern: rewards > 0 ? 'A/B/N' : 'Canary',
      deploymentPattern: 'Progressive',
      weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
    },
    criteria: {
      minimumRequests: 0,
      consecutiveErrorLimit: 5,
      objectives: judged.map(([metric, { kind }]) => ({
        metric,
        upperLimit: kind === 'Rate' ? '0.02' : 250,
      })),
      rewards: rewarded.map(([metric]) => ({ metric, preferredDirection: 'High' })),
      strength: { method: 'Proven', confidence: '0.95', decide: 'AtEnd' },
    },
    duration: { intervalSeconds: INTERVAL_SECONDS, iterationsPerLoop: 2 * LOOKS, maxLoops: 1 },
  };
  return begun(spec, Object.fromEntries([...judged, ...rewarded]), 'bench');
}

function talliesOf({ status }: Experiment): Tallies {
  const names = status!.currentWeightDistribution!.map(({ name }) => name);
  const entries = status!.metrics!.map(({ name, metricObj }) => {
    const isRate = metricObj.spec.evidence!.kind === 'Rate';
    const counts = names.map((one) => [one, isRate ? rate() : histogram(random)] as const);
    return [name, Object.fromEntries(counts)] as const;
  });
  return Object.fromEntries(entries);
}

function rate(): Counts {
  return { kind: 'Rate', trials: SAMPLES, events: binomial(random, SAMPLES, 0.01) };
}

/** A few values above 250, the others evenly below. */
function histogram(from: Random): Counts {
  const slow = binomial(from, SAMPLES, 0.025);
  const fast = (SAMPLES - slow) / 6;
  return {
    kind: 'Quantile',
    edges: EDGES,
    counts: [...EDGES, Infinity].map((edge) => (edge <= 250 ? fast : slow / 8)),
  };
}
