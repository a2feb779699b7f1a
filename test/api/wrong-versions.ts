// Experiments whose versions the API server must refuse.
import { candidates, many, pattern, spec, weightOf, type WrongObject } from './wrong-objects.ts';

export const wrongVersions: WrongObject[] = [
  {
    name: 'no baseline',
    merge: spec({ versionInfo: { baseline: null } }),
    field: 'spec.versionInfo.baseline',
    text: 'Required',
  },
  {
    name: 'version without a name',
    merge: spec({ versionInfo: { candidates: [{}] } }),
    field: 'spec.versionInfo.candidates[0].name',
    text: 'Required',
  },
  {
    name: 'Canary without a candidate',
    merge: spec({ versionInfo: { candidates: null } }),
    field: 'spec.versionInfo.candidates',
    text: 'exactly one candidate',
  },
  {
    name: 'Canary with two candidates',
    merge: spec({ versionInfo: { candidates: candidates('v2', 'v3') } }),
    field: 'spec.versionInfo.candidates',
    text: 'exactly one candidate',
  },
  {
    name: 'A/B with two candidates',
    merge: pattern('A/B', ['v2', 'v3']),
    field: 'spec.versionInfo.candidates',
    text: 'set strategy.testingPattern to A/B/N',
  },
  {
    name: 'A/B/N without a candidate',
    merge: pattern('A/B/N', []),
    field: 'spec.versionInfo.candidates',
    text: 'at least one candidate',
  },
  {
    name: '17 candidates',
    merge: pattern(
      'A/B/n',
      many(17, (index) => `c${index}`),
    ),
    field: 'spec.versionInfo.candidates',
    text: 'at most 16',
  },
  {
    name: 'candidate with the name of the baseline',
    merge: spec({ versionInfo: { candidates: candidates('v1') } }),
    field: 'spec.versionInfo',
    text: 'same name',
  },
  {
    name: 'two candidates with one name',
    merge: pattern('A/B/N', ['v2', 'v2']),
    field: 'spec.versionInfo',
    text: 'same name',
  },
  {
    name: 'two versions with one weight',
    merge: spec({ versionInfo: { candidates: [{ name: 'v2', weightObjRef: weightOf(0) }] } }),
    field: 'spec.versionInfo',
    text: 'same field of the same object',
  },
  {
    name: 'fieldPath as a JSON pointer',
    merge: spec({ versionInfo: { baseline: { weightObjRef: { fieldPath: '/spec/weight' } } } }),
    field: 'spec.versionInfo.baseline.weightObjRef.fieldPath',
    text: "must start with '.'",
  },
  {
    name: 'weight of an object without a kind',
    merge: spec({ versionInfo: { baseline: { weightObjRef: { kind: null } } } }),
    field: 'spec.versionInfo.baseline.weightObjRef.kind',
    text: 'Required',
  },
  {
    name: 'variable without a value',
    merge: spec({ versionInfo: { baseline: { variables: [{ name: 'revision' }] } } }),
    field: 'spec.versionInfo.baseline.variables[0].value',
    text: 'Required',
  },
];
