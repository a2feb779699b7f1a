// A good Experiment, a good Metric, and the words in which the tables say what is wrong.

/** A JSON merge patch (RFC 7386) of a good object, and the field and text of its refusal. */
export interface WrongObject {
  name: string;
  merge: Record<string, unknown>;
  field: string;
  text: string;
}

export const weightOf = (route: number): Record<string, string> => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  name: 'iris',
  fieldPath: `.spec.http[0].route[${route}].weight`,
});

export const goodExperiment = {
  apiVersion: 'iter8.tools/v2alpha2',
  kind: 'Experiment',
  metadata: { name: 'good', namespace: 'default' },
  spec: {
    target: 'default/iris',
    versionInfo: {
      baseline: {
        name: 'v1',
        variables: [{ name: 'revision', value: 'iris-1' }],
        weightObjRef: weightOf(0),
      },
      candidates: [{ name: 'v2', weightObjRef: weightOf(1) }],
    },
    strategy: { testingPattern: 'Canary', actions: { finish: [{ run: 'true' }] } },
    criteria: {
      requestCount: 'request-count',
      indicators: ['iter8-kserve/error-count'],
      objectives: [{ metric: 'mean-latency', upperLimit: '0.5', lowerLimit: 0 }],
    },
  },
};

export const goodMetric = {
  apiVersion: 'iter8.tools/v2alpha2',
  kind: 'Metric',
  metadata: { name: 'good', namespace: 'default' },
  spec: { provider: 'prometheus', urlTemplate: 'http://prometheus:9090/api/v1/query' },
};

type Merge = Record<string, unknown>;

export const spec = (merge: Merge): Merge => ({ spec: merge });
export const strategy = (merge: Merge): Merge => spec({ strategy: merge });
export const split = (percentages: unknown[], merge: Merge = {}): Merge =>
  strategy({ deploymentPattern: 'FixedSplit', weights: { split: percentages }, ...merge });
export const step = (task: Merge): Merge => strategy({ actions: { finish: [task] } });
export const objective = (merge: Merge): Merge =>
  spec({ criteria: { objectives: [{ metric: 'mean-latency', ...merge }] } });
export const reward = (metric: string): Merge => ({ metric, preferredDirection: 'High' });
export const candidates = (...names: string[]): Merge[] => names.map((name) => ({ name }));
export const pattern = (
  testingPattern: string,
  versions: string[],
  rewards = [reward('sales')],
): Merge =>
  spec({
    strategy: { testingPattern },
    versionInfo: { candidates: candidates(...versions) },
    criteria: { rewards },
  });
export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** An Experiment with as much of everything that rules look at as the schema admits. */
export function largestExperiment(): unknown {
  const versionAt = (index: number) => ({
    name: String(index).padStart(253, 'v'),
    weightObjRef: { ...weightOf(index), fieldPath: `.${String(index).padStart(1023, 'p')}` },
  });
  const metric = `${'n'.repeat(63)}/${'m'.repeat(253)}`;
  const steps = many(32, () => ({ run: 'x'.repeat(1024) }));
  return {
    ...goodExperiment,
    spec: {
      target: 't'.repeat(317),
      versionInfo: {
        baseline: versionAt(0),
        candidates: many(16, (index) => versionAt(index + 1)),
      },
      strategy: {
        testingPattern: 'A/B/n',
        deploymentPattern: 'FixedSplit',
        weights: { split: [20, ...many(16, () => 5)] },
        actions: Object.fromEntries(many(8, (index) => [`action-${index}`, steps])),
      },
      criteria: {
        requestCount: metric,
        indicators: many(32, () => metric),
        objectives: many(32, () => ({
          metric,
          lowerLimit: '-'.padEnd(64, '1'),
          upperLimit: '1'.repeat(64),
        })),
        rewards: [reward(metric)],
      },
    },
  };
}

/** The good object changed by a merge patch: null removes, lists are replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) {
    return patch;
  }
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      result.delete(key);
    } else {
      result.set(key, mergePatch(result.get(key), value));
    }
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
