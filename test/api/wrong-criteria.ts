// Experiments whose criteria the API server must refuse.
import { many, objective, pattern, reward, spec, type WrongObject } from './wrong-objects.ts';

export const wrongCriteria: WrongObject[] = [
  {
    name: 'Canary with a reward',
    merge: spec({ criteria: { rewards: [reward('sales')] } }),
    field: 'spec.criteria.rewards',
    text: 'take no rewards',
  },
  {
    name: 'Conformance with a reward',
    merge: pattern('Conformance', []),
    field: 'spec.criteria.rewards',
    text: 'take no rewards',
  },
  {
    name: 'A/B without criteria',
    merge: spec({ strategy: { testingPattern: 'A/B' }, criteria: null }),
    field: 'spec.criteria.rewards',
    text: 'need a reward',
  },
  {
    name: 'A/B/n without a reward',
    merge: pattern('A/B/n', ['v2'], []),
    field: 'spec.criteria.rewards',
    text: 'need a reward',
  },
  {
    name: 'reward with an unknown direction',
    merge: pattern('A/B', ['v2'], [{ metric: 'sales', preferredDirection: 'Highest' }]),
    field: 'spec.criteria.rewards[0].preferredDirection',
    text: '"High"',
  },
  {
    name: 'objective without a metric',
    merge: objective({ metric: null, upperLimit: 1 }),
    field: 'spec.criteria.objectives[0].metric',
    text: 'Required',
  },
  {
    name: 'metric with two slashes',
    merge: objective({ metric: 'a/b/c' }),
    field: 'spec.criteria.objectives[0].metric',
    text: 'or namespace/name',
  },
  {
    name: 'empty requestCount',
    merge: spec({ criteria: { requestCount: '' } }),
    field: 'spec.criteria.requestCount',
    text: 'at least 1',
  },
  {
    name: 'indicator in upper case',
    merge: spec({ criteria: { indicators: ['Latency'] } }),
    field: 'spec.criteria.indicators[0]',
    text: 'or namespace/name',
  },
  {
    name: 'limit as a fraction without quotes',
    merge: objective({ upperLimit: 0.01 }),
    field: 'spec.criteria.objectives[0].upperLimit',
    text: 'must be of type integer,string',
  },
  {
    name: 'limit with a broken exponent',
    merge: objective({ upperLimit: '1e1.5', lowerLimit: 0 }),
    field: 'spec.criteria.objectives[0].upperLimit',
    text: 'should match',
  },
  {
    name: 'limit that would keep the API server busy',
    merge: objective({ upperLimit: '1e999999999', lowerLimit: 0 }),
    field: 'spec.criteria.objectives[0].upperLimit',
    text: 'should match',
  },
  {
    name: 'limit of 65 characters',
    merge: objective({ upperLimit: '1'.repeat(65) }),
    field: 'spec.criteria.objectives[0].upperLimit',
    text: 'Too long',
  },
  {
    name: 'lower limit above the upper',
    merge: objective({ lowerLimit: 2, upperLimit: 1 }),
    field: 'spec.criteria.objectives[0].lowerLimit',
    text: 'must not be above upperLimit',
  },
  {
    name: 'lower limit above the upper in other units',
    merge: objective({ lowerLimit: '1.5k', upperLimit: 1499 }),
    field: 'spec.criteria.objectives[0].lowerLimit',
    text: 'must not be above upperLimit',
  },
  {
    name: 'rollback_on_failure as a word',
    merge: objective({ rollback_on_failure: 'yes' }),
    field: 'spec.criteria.objectives[0].rollback_on_failure',
    text: 'boolean',
  },
  {
    name: '33 objectives',
    merge: spec({ criteria: { objectives: many(33, () => ({ metric: 'm' })) } }),
    field: 'spec.criteria.objectives',
    text: 'at most 32',
  },
  {
    name: 'strength as a word',
    merge: spec({ criteria: { strength: 'strong' } }),
    field: 'spec.criteria.strength',
    text: 'object',
  },
];
