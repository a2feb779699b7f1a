// Metrics that the API server must refuse.
import { spec, type WrongObject } from './wrong-objects.ts';

export const wrongMetrics: WrongObject[] = [
  { name: 'no spec', merge: { spec: null }, field: 'spec', text: 'Required' },
  {
    name: 'type in lower case',
    merge: spec({ type: 'gauge' }),
    field: 'spec.type',
    text: '"Gauge"',
  },
  { name: 'unknown method', merge: spec({ method: 'PUT' }), field: 'spec.method', text: '"POST"' },
  {
    name: 'params as a map',
    merge: spec({ params: { query: 'up' } }),
    field: 'spec.params.query',
    text: 'unknown field',
  },
  {
    name: 'Basic without a Secret',
    merge: spec({ authType: 'Basic' }),
    field: 'spec.secret',
    text: 'takes username and password from a Secret',
  },
  {
    name: 'Secret with two slashes',
    merge: spec({ secret: 'a/b/c' }),
    field: 'spec.secret',
    text: 'or namespace/name',
  },
  {
    name: 'mock level without a number',
    merge: spec({ mock: [{ name: 'v1', level: 'high' }] }),
    field: 'spec.mock[0].level',
    text: 'should match',
  },
];
