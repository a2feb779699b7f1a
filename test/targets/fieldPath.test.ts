import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  jsonPointer,
  parseFieldPath,
  valueAt,
  type Step,
} from '../../functions/lib/targets/fieldPath.ts';

const parsing = suite('a field path');
const looking = suite('the value at a path');
const pointing = suite('a path as a JSON pointer');

const PATHS: [path: string, steps: Step[]][] = [
  ['.spec', ['spec']],
  ['.spec.predictor.canaryTrafficPercent', ['spec', 'predictor', 'canaryTrafficPercent']],
  ['.spec.http[0].route[1].weight', ['spec', 'http', 0, 'route', 1, 'weight']],
  ['.spec.weights[1]', ['spec', 'weights', 1]],
  ['.spec.lists[0][12]', ['spec', 'lists', 0, 12]],
  ["['spec']['a.b/c'].d", ['spec', 'a.b/c', 'd']],
  ['.metadata["iter8.tools/x~y"]', ['metadata', 'iter8.tools/x~y']],
  [".spec['0']", ['spec', '0']],
  ['.a-b._c$', ['a-b', '_c$']],
];

for (const [path, steps] of PATHS) {
  parsing(`${path} has ${steps.length} steps`, () => {
    assert.equal(parseFieldPath(path), steps);
  });
}

const NO_PATHS = [
  '',
  'spec',
  'spec.weight',
  '.',
  '..',
  '.spec.',
  '.spec..weight',
  '.spec[',
  '.spec[]',
  '.spec[a]',
  '.spec[-1]',
  '.spec[0',
  '.spec[*]',
  ".spec['']",
  '/spec/weight',
  '.spec weight[0]x',
];

for (const path of NO_PATHS) {
  parsing(`"${path}" is none`, () => {
    assert.is(parseFieldPath(path), undefined);
  });
}

parsing('is read the same after one that is none', () => {
  parseFieldPath('.spec.http[0].route[x]');
  assert.equal(parseFieldPath('.a'), ['a']);
});

const OBJECT = {
  spec: { http: [{ route: [{ weight: 90 }, { weight: 0 }] }], empty: null, text: 'x' },
};

const VALUES: [path: string, value: unknown][] = [
  ['.spec.http[0].route[0].weight', 90],
  ['.spec.http[0].route[1].weight', 0],
  ['.spec.http[0].route[1]', { weight: 0 }],
  ['.spec.http[1].route[0].weight', undefined],
  ['.spec.http.route', undefined],
  ['.spec.empty', null],
  ['.spec.empty.x', undefined],
  ['.spec.text.length', undefined],
  ['.spec.toString', undefined],
  ['.__proto__', undefined],
  ['.constructor.name', undefined],
];

for (const [path, value] of VALUES) {
  looking(`${path} is ${JSON.stringify(value)}`, () => {
    assert.equal(valueAt(OBJECT, parseFieldPath(path)!), value);
  });
}

looking('of no steps is the object', () => {
  assert.is(valueAt(OBJECT, []), OBJECT);
});

pointing('escapes slashes and tildes', () => {
  assert.is(jsonPointer(['spec', 'http', 0, 'route', 1, 'weight']), '/spec/http/0/route/1/weight');
  assert.is(jsonPointer(['a/b', '~1', 'c~/d']), '/a~1b/~01/c~0~1d');
  assert.is(jsonPointer([]), '');
});

parsing.run();
looking.run();
pointing.run();
