import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import { interpolate, queryValues, undefinedIn } from '../../functions/lib/metrics/interpolate.ts';
import { referenceJson } from '../shared.ts';

const placeholders = suite('placeholders in a text');
const values = suite('what a query may refer to');
const recorded = suite('queries as iter8 sent them');

const VALUES = { name: 'canary', revision: 'r-2', a: '1', _under9: 'u', dollars: '$name $$' };

const CASES: [text: string, expected: string, why: string][] = [
  ['$name', 'canary', 'a bare name'],
  ['${name}', 'canary', 'a name in braces'],
  ['${name}s and $revision.', 'canarys and r-2.', 'a name ends where it cannot go on'],
  ['$names', '$names', 'a longer name is another name'],
  ['$_under9', 'u', 'underscores and digits belong to a name'],
  ['$9a ${9a}', '$9a ${9a}', 'a digit begins no name'],
  ['$NAME $Name', '$NAME $Name', 'case matters'],
  ['$$name', '$name', 'two dollars are one'],
  ['$$$name', '$canary', 'two dollars, then a name'],
  ['$$$$', '$$', 'four dollars are two'],
  ['5$ $ $', '5$ $ $', 'a lone dollar stays'],
  ['${name', '${name', 'an open brace stays'],
  ['${} ${ name } ${na-me}', '${} ${ name } ${na-me}', 'what is no name stays'],
  ['$unknown ${unknown}', '$unknown ${unknown}', 'an unknown name stays'],
  ['$dollars', '$name $$', 'a value is not looked into again'],
  ['$a$a${a}', '111', 'one after the other'],
  ['${näme} $nämë', '${näme} $nämë', 'names are ASCII'],
  [
    '$toString $constructor ${__proto__}',
    '$toString $constructor ${__proto__}',
    'no inherited names',
  ],
  ['', '', 'nothing'],
];

for (const [text, expected, why] of CASES) {
  placeholders(`${JSON.stringify(text)}: ${why}`, () => {
    assert.is(interpolate(text, VALUES), expected);
  });
}

placeholders('a value with patterns of String.replace is taken as it is', () => {
  assert.is(interpolate('<$v>', { v: "$& $1 $` $'" }), "<$& $1 $` $'>");
});

placeholders('those without a value are named, each once', () => {
  const text = '$a ${b} $$c ${d} $b $ ${e ${toString}';
  assert.equal(undefinedIn(text, { a: '1', d: '' }), ['b', 'toString']);
  assert.equal(undefinedIn('$name', { name: 'x' }), []);
});

const variable = (name: string, value: string): { name: string; value: string } => ({
  name,
  value,
});

values('the version’s name, its variables and the elapsed time', () => {
  const version = { name: 'canary', variables: [variable('revision', 'r-2')] };
  assert.equal(queryValues(version, 61.9), {
    name: 'canary',
    revision: 'r-2',
    elapsedTime: '61',
  });
});

values('the last variable of one name counts, also over the version’s name', () => {
  const variables = [variable('a', '1'), variable('a', '2'), variable('name', 'other')];
  assert.equal(queryValues({ name: 'canary', variables }, 5), {
    name: 'other',
    a: '2',
    elapsedTime: '5',
  });
});

values('no variable hides the elapsed time', () => {
  const variables = [variable('elapsedTime', 'mine')];
  assert.is(queryValues({ name: 'canary', variables }, 5).elapsedTime, '5');
});

values('at least one second has elapsed', () => {
  for (const seconds of [-100, 0, 0.5]) {
    assert.is(queryValues({ name: 'canary' }, seconds).elapsedTime, '1');
  }
});

values('a variable called __proto__ is one like others', () => {
  const variables = [variable('__proto__', 'p')];
  const given = queryValues({ name: 'canary', variables }, 1);
  assert.is(interpolate('$__proto__', given), 'p');
});

const SURROUNDINGS = {
  namespace: 'team',
  startTime: new Date('2026-01-01T00:00:00.900Z'),
  endTime: new Date('2026-01-01T00:10:00.999Z'),
};

values('the surroundings: namespace, interval, and both times in whole seconds', () => {
  assert.equal(queryValues({ name: 'canary' }, 600.9, SURROUNDINGS), {
    name: 'canary',
    elapsedTime: '600',
    interval: '600s',
    namespace: 'team',
    startTime: '1767225600',
    endTime: '1767226200',
  });
});

values('variables hide the surroundings, and never the elapsed time', () => {
  const variables = ['namespace', 'interval', 'startTime', 'endTime', 'elapsedTime'].map((name) =>
    variable(name, 'mine'),
  );
  assert.equal(queryValues({ name: 'canary', variables }, 5, SURROUNDINGS), {
    name: 'canary',
    elapsedTime: '5',
    interval: 'mine',
    namespace: 'mine',
    startTime: 'mine',
    endTime: 'mine',
  });
});

type Version = { name: string; variables?: { name: string; value: string }[] };
type Recorded = {
  id: string;
  description: string;
  input: {
    spec: { versionInfo: { baseline: Version; candidates?: Version[] } };
    status: { startTime: string; metrics?: { metricObj: { spec: MetricSpec } }[] };
  };
  backendRequests: { query: [string, string][] }[];
  output: { status: number };
};
type MetricSpec = { params?: { name: string; value: string }[] };

const oracle = referenceJson<{ meta: { frozenNow: string }; cases: Recorded[] }>(
  'oracle/metrics.json',
);

/** What we would send for a recorded case, in iter8's order: metric by metric, version by version. */
function ours({ spec, status }: Recorded['input'], now: string): [string, string][][] {
  const { baseline, candidates = [] } = spec.versionInfo;
  const elapsed = secondsBetween(status.startTime, now);
  return (status.metrics ?? []).flatMap(({ metricObj }) =>
    [baseline, ...candidates].map((version) =>
      (metricObj.spec.params ?? []).map(({ name, value }): [string, string] => [
        name,
        interpolate(value, queryValues(version, elapsed)),
      ]),
    ),
  );
}

for (const { id, description, input, backendRequests, output } of oracle?.cases ?? []) {
  if (backendRequests.length === 0 || output.status !== 200) continue;
  recorded(`${id}: ${description}`, () => {
    const sent = backendRequests.map(({ query }) => query);
    assert.equal(ours(input, oracle!.meta.frozenNow).slice(0, sent.length), sent);
  });
}

placeholders.run();
values.run();
recorded.run();
