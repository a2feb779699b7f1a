import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  alphaOf,
  isProven,
  isToBeProved,
  makingOf,
  mentionedForProof,
  provenMetrics,
  whyUnprovable,
} from '../../functions/lib/experiment/strength.ts';
import type { Criteria, Strength } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { criteriaOf, settings } from '../fixtures.ts';
import {
  ERROR_RATE,
  LATENCY,
  MEAN,
  metric,
  provenSpec,
  proving,
  QUANTILE,
  RATE,
  recordedPlan,
  UNBOUNDED,
} from './proven.ts';

function withStrength(
  strength: Partial<Strength> | undefined,
  more: Partial<Criteria> = {},
): Criteria {
  return criteriaOf({
    ...more,
    ...(strength && {
      strength: { method: 'Proven', confidence: '0.95', decide: 'AtEnd', ...strength },
    }),
  })!;
}

const asked = suite('the evidence that is asked for');

asked('is proof only where the method is Proven', () => {
  assert.is(isProven({ criteria: withStrength({}) }), true);
  assert.is(isProven({ criteria: withStrength({ method: 'Observed' }) }), false);
  assert.is(isProven({ criteria: withStrength(undefined) }), false);
  assert.is(isProven({}), false);
});

for (const [confidence, alpha] of [
  ['0.95', 0.05],
  ['.5', 0.5],
  ['0.9', 0.1],
  ['0.999999', 0.000001],
] as const) {
  asked(`may be wrong with confidence ${confidence} in ${alpha} of all cases`, () => {
    assert.is(alphaOf(withStrength({ confidence })), alpha);
  });
}

asked('may be wrong in 5 % of all cases where nobody says how often', () => {
  assert.is(alphaOf(undefined), 0.05);
  assert.is(alphaOf(withStrength(undefined)), 0.05);
});

asked('is no proof for an objective that is Observed', () => {
  const observed = { ...LATENCY, method: 'Observed' } as const;
  assert.is(isToBeProved(provenSpec(), LATENCY), true);
  assert.is(isToBeProved(provenSpec(), observed), false);
  assert.is(isToBeProved({ criteria: withStrength(undefined) }, LATENCY), false);
});

const metrics = suite('the metrics whose samples are counted');
const CONVERSION = { metric: 'conversion', preferredDirection: 'High' } as const;

metrics('are those of objectives to be proved and of rewards, each once', () => {
  const objectives = [ERROR_RATE, { ...LATENCY, method: 'Observed' } as const, ERROR_RATE];
  const rewards = [CONVERSION, { ...CONVERSION, metric: 'error-rate' }];
  assert.equal(mentionedForProof(provenSpec({ objectives, rewards })), [
    'error-rate',
    'conversion',
  ]);
  const experiment = proving({ objectives, rewards });
  assert.equal(provenMetrics(experiment, settings), ['team/error-rate', 'team/conversion']);
});

metrics('are none without proof', () => {
  const criteria = withStrength(undefined, { objectives: [ERROR_RATE], rewards: [CONVERSION] });
  assert.equal(mentionedForProof({ criteria }), []);
  assert.equal(mentionedForProof({}), []);
});

metrics('are only those that were read at the start', () => {
  const experiment = proving();
  const status = { ...experiment.status, metrics: [] };
  assert.equal(provenMetrics({ ...experiment, status }, settings), []);
});

const making = suite('how a value comes about');

making('is told by the evidence of its Metric, in the units of its value', () => {
  assert.equal(makingOf(RATE), { kind: 'Rate', factor: 1 });
  assert.equal(makingOf(QUANTILE), { kind: 'Quantile', quantile: 0.95 });
  assert.equal(makingOf(MEAN), { kind: 'Mean', lowest: 0, highest: 1000 });
  assert.equal(makingOf(UNBOUNDED), { kind: 'Mean', lowest: 0, highest: undefined });
});

making('has its quantities read', () => {
  const evidence = { ...RATE.evidence!, unitFactor: '100' };
  assert.equal(makingOf({ evidence }), { kind: 'Rate', factor: 100 });
  const bounds = { ...MEAN.evidence!, lowest: '-1k', highest: '2k' };
  assert.equal(makingOf({ evidence: bounds }), { kind: 'Mean', lowest: -1000, highest: 2000 });
});

making('is not known of a Metric without evidence', () => {
  assert.is(makingOf({}), undefined);
});

const unprovable = suite('what cannot be proved is refused');

function problem(spec: ReturnType<typeof provenSpec>, specs: Record<string, MetricSpec>): string {
  const found = (name: string): ReturnType<typeof metric> | undefined =>
    specs[name] && { name: `team/${name}`, metricObj: { spec: specs[name] } };
  return whyUnprovable(spec, found) ?? '';
}

const BARE: MetricSpec = { type: 'Gauge', method: 'GET' };

unprovable('naming the Metric that says nothing of its value, and what helps', () => {
  assert.is(
    problem(provenSpec(), { 'error-rate': BARE }),
    'the Metric team/error-rate says nothing of how its value comes about (spec.evidence), so that nothing can be proved by it; give it evidence, or let the objective on error-rate say method: Observed',
  );
});

unprovable('but not for an objective that is Observed, and not without proof', () => {
  const observed = [{ ...ERROR_RATE, method: 'Observed' } as const];
  assert.is(problem(provenSpec({ objectives: observed }), { 'error-rate': BARE }), '');
  const spec = provenSpec({ strength: { method: 'Observed' } });
  assert.is(problem(spec, { 'error-rate': BARE }), '');
});

unprovable('where a reward is a quantile, or a mean without squares', () => {
  const spec = provenSpec({ rewards: [CONVERSION] });
  const { sumOfSquares, ...evidence } = MEAN.evidence!;
  assert.ok(sumOfSquares);
  for (const one of [QUANTILE, { ...MEAN, evidence }, BARE]) {
    assert.match(
      problem(spec, { conversion: one, 'error-rate': RATE }),
      'conversion cannot be compared',
    );
  }
  for (const one of [RATE, MEAN, UNBOUNDED]) {
    assert.is(problem(spec, { conversion: one, 'error-rate': RATE }), '');
  }
});

unprovable('at the start: the experiment fails before it has moved anything', () => {
  const { status } = recordedPlan({}, [{ name: 'team/error-rate', metricObj: { spec: BARE } }]);
  assert.is(status.stage, 'Completed');
  assert.match(status.message!, 'MetricUnsupported: the Metric team/error-rate says nothing');
});

for (const tests of [asked, metrics, making, unprovable]) tests.run();
