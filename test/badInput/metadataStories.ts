// Metadata, and a status, that nobody should give.
import { TRAPS } from './mutations.ts';
import { stories } from './story.ts';

const METADATA = ['metadata'] as const;
const RETRY = 'iter8.tools/retry';
const metadata = (more: object) => (name: string) => ({ name, namespace: 'team', ...more });
const retries = (...texts: string[]): unknown[] =>
  texts.map((text) => metadata({ annotations: { [RETRY]: text } }));
/** Most of them the API server refuses for any kind of object. */
export const METADATA_STORIES = stories('onModel', METADATA, 'metadata', {
  'retry: of a new experiment': retries('1', '2', '999999999'),
  'retry: no number': retries('', 'NaN', '1e3', '0x2', ' 2', '２', '-1', '1.5', TRAPS[0]!),
  'retry: a number that is too large': retries('1000000000', '9'.repeat(400)),
  'labels: a stage that it does not have': ['Completed', 'Running', 'nonsense', ''].map((stage) =>
    metadata({ labels: { 'iter8.tools/stage': stage } }),
  ),
  'labels: malformed': [{ 'a b': 'c' }, { a: 'b c' }, { a: 'x'.repeat(64) }, { '': '' }].map(
    (labels) => metadata({ labels }),
  ),
  'labels: no texts': [{ a: 1 }, { a: null }, { a: {} }].map((labels) => metadata({ labels })),
  'labels: traps of JavaScript': [
    metadata({ labels: Object.fromEntries(TRAPS.map((trap) => [trap, 'x'])) }),
  ],
  'annotations: many': [
    metadata({
      annotations: Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [`a${index}`, 'x']),
      ),
    }),
  ],
  'annotations: large': [metadata({ annotations: { large: 'x'.repeat(200_000) } })],
  'finalizers: its own': [metadata({ finalizers: ['iter8.tools/traffic'] })],
  "finalizers: somebody else's": [metadata({ finalizers: ['example.org/a', 'example.org/b'] })],
  'finalizers: its own, twice': [
    metadata({ finalizers: ['iter8.tools/traffic', 'iter8.tools/traffic'] }),
  ],
  'finalizers: malformed': [metadata({ finalizers: [''] })],
  'owners: nobody': [
    metadata({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }),
  ],
  'owners: malformed': [metadata({ ownerReferences: [{}] })],
  'name: malformed': ['A', 'a b', 'ü', '..', 'a/b', '', 'x'.repeat(254)].map((name) =>
    metadata({ name }),
  ),
  'metadata: what only the server says': [
    metadata({ uid: 'mine', generation: -7, deletionTimestamp: '2000-01-01T00:00:00Z' }),
  ],
});

/** A status is not looked at when an object is created. */
export const STATUS_STORIES = stories('onModel', ['status'], 'status', {
  'status: given at the creation': [
    { stage: 'Completed' },
    { stage: 'Running', completedIterations: 5 },
    { stage: 'Finishing', outcome: { decision: 'Promote', reason: 'x', message: 'x' } },
  ],
});
