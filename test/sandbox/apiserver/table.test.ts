import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatAge, type TableOptions, toTable } from '../../../sandbox/apiserver/table.ts';
import type { ApiObject, Column, Resource } from '../../../sandbox/apiserver/types.ts';
import { experiment, kind, plainKind, weights } from './resources.ts';

interface Table {
  metadata: object;
  columnDefinitions: { name: string; type: string; format: string; priority: number }[] | null;
  rows: { cells: unknown[]; object: unknown }[];
}

const now = new Date('2031-05-06T07:10:00Z');
const created = '2031-05-06T07:00:00Z';

function tableOf(
  resource: Resource,
  objects: ApiObject[],
  options: Partial<TableOptions> = {},
): Table {
  const all = { include: 'None', now, listMeta: { resourceVersion: '9' }, ...options } as const;
  return toTable(resource, objects, all) as Table;
}

function rowOf(name: string, fields: object): Record<string, unknown> {
  const resource = kind(name);
  const metadata = { name: 'one', creationTimestamp: created };
  const object = { apiVersion: 'v1', kind: name, metadata, ...fields };
  const { columnDefinitions, rows } = tableOf(resource, [object]);
  return Object.fromEntries(
    columnDefinitions!.map((column, index) => [column.name, rows[0]?.cells[index]]),
  );
}

function cellOf(type: string, value: unknown): unknown {
  const columns: Column[] = [{ name: 'it', type, jsonPath: '.spec.it' }];
  const object = { ...experiment, spec: { it: value } };
  return tableOf({ ...plainKind, columns }, [object]).rows[0]?.cells[1];
}

const tables = suite('a table');

tables('has a row of cells for each object, by the columns of its kind', () => {
  const fresh: ApiObject = {
    ...{ apiVersion: experiment.apiVersion, kind: 'Experiment' },
    metadata: { name: 'fresh', namespace: 'default', uid: 'u', creationTimestamp: created },
    spec: { target: 'default/iris', strategy: { testingPattern: 'A/B' } },
  };
  const { columnDefinitions, rows, metadata } = tableOf(kind('Experiment'), [experiment, fresh]);
  assert.equal(metadata, { resourceVersion: '9' });
  const [going, other] = rows.map(({ cells }) =>
    Object.fromEntries(columnDefinitions!.map(({ name }, index) => [name, cells[index]])),
  );
  assert.equal(going, {
    ...{ Name: 'going', type: 'Canary', target: 'default/iris', stage: 'Running' },
    ...{ 'completed iterations': 3, message: 'IterationUpdate: Completed Iteration 3' },
    ...{ weights: JSON.stringify(weights), winner: 'v2', age: '10m', run: '2', interval: '20' },
    ...{ 'next iteration': '2031-05-06T07:08:09Z', uid: experiment.metadata.uid },
    ...{ namespace: 'default', created, deleted: '2031-05-06T07:05:00Z', label: 'Running' },
    ...{ acquired: 'True', lock: 'InferenceService/default/iris', retry: null },
    ...{ paused: null, 'next opening': null, deadline: null, verdict: null, suspended: null },
  });
  const { stage, deleted, label, acquired } = other!;
  assert.equal([stage, deleted, label, acquired], [null, null, null, null]);
});

tables('describes its columns, the name first', () => {
  const { columnDefinitions } = tableOf(kind('Experiment'), []);
  const [name, type] = columnDefinitions!;
  assert.match(JSON.stringify(name), /^{"name":"Name","type":"string","format":"name","desc/);
  assert.equal(type, {
    ...{ name: 'type', type: 'string', format: '', description: 'Testing pattern.', priority: 0 },
  });
  assert.is(columnDefinitions!.find(({ name }) => name === 'weights')?.priority, 1);
});

tables('tells the path of a column that has no description', () => {
  const columns = [{ name: 'it', type: 'string', jsonPath: '.spec.it' }];
  const { columnDefinitions } = tableOf({ ...plainKind, columns }, []);
  assert.match(
    JSON.stringify(columnDefinitions?.[1]),
    'Custom resource definition column (in JSONPath format): .spec.it',
  );
});

tables('shows name and age of a kind without columns', () => {
  const { columnDefinitions, rows } = tableOf(plainKind, [experiment]);
  assert.equal(
    columnDefinitions?.map(({ name, type }) => [name, type]),
    [
      ['Name', 'string'],
      ['Age', 'date'],
    ],
  );
  assert.equal(rows[0]?.cells, ['going', '10m']);
});

tables('carries of the objects what is asked for', () => {
  const include = (include: TableOptions['include']) =>
    tableOf(plainKind, [experiment], { include }).rows[0]?.object;
  const { metadata } = experiment;
  assert.is(include('None'), null);
  assert.is(include('Object'), experiment);
  assert.equal(include('Metadata'), {
    ...{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
  });
});

tables('does not describe the columns again in a watch', () => {
  const { columnDefinitions, rows } = tableOf(plainKind, [experiment], { isWatchRow: true });
  assert.is(columnDefinitions, null);
  assert.is(rows.length, 1);
});

tables('names a path that cannot be read', () => {
  const columns = [{ name: 'it', type: 'string', jsonPath: '.spec..it' }];
  assert.throws(() => tableOf({ ...plainKind, columns }, [experiment]), '.spec..it');
});

tables.run();

const cells = suite('a cell');

cells('of type string is any value as text', () => {
  const texts: [unknown, string | null][] = [
    ['<a & b>', '<a & b>'],
    ['', ''],
    [true, 'true'],
    [undefined, null],
    [null, '<no value>'],
    [7, '7'],
    [12_345_678, '12345678'],
    [1.5, '1.5'],
    [123_456_789.5, '1.234567895e+08'],
    [999_999.5, '999999.5'],
    [0.0001, '0.0001'],
    [0.000_012_34, '1.234e-05'],
    [1e21, '1e+21'],
    [[], '[]'],
    [[1.5, null, { h: '<&>\u2028' }], '[1.5,null,{"h":"\\u003c\\u0026\\u003e\\u2028"}]'],
    [{ b: 1, a: { d: 2, c: 3 } }, '{"a":{"c":3,"d":2},"b":1}'],
  ];
  for (const [value, text] of texts) assert.is(cellOf('string', value), text);
});

cells('of another type is empty where the value is not of that type', () => {
  assert.equal(
    [7, 1.9, -2.7, '7', true, null].map((value) => cellOf('integer', value)),
    [7, 1, -2, null, null, null],
  );
  assert.equal(
    [7, 1.5, '7'].map((value) => cellOf('number', value)),
    [7, 1.5, null],
  );
  assert.equal(
    [false, 'false', 0].map((value) => cellOf('boolean', value)),
    [false, null, null],
  );
});

cells('of type date is the time since', () => {
  const times = ['2031-05-06T07:00:00Z', '2031-05-06T09:00:00.5+02:00', '2031-05-06T07:11:00Z'];
  assert.equal(
    [...times, 'soon', '2031-05-06', '', 7].map((value) => cellOf('date', value)),
    ['10m', '9m59s', '<invalid>', '<invalid>', '<invalid>', '<unknown>', null],
  );
});

cells('is the first of several results', () => {
  const columns = [{ name: 'it', type: 'string', jsonPath: '.spec.it[*].a' }];
  const object = { ...experiment, spec: { it: [{ a: 'x' }, { a: 'y' }] } };
  assert.is(tableOf({ ...plainKind, columns }, [object]).rows[0]?.cells[1], 'x');
});

cells.run();

const builtin = suite('the columns of a built-in kind');

builtin('show a namespace', () => {
  const row = rowOf('Namespace', { status: { phase: 'Active' } });
  assert.equal(row, { Name: 'one', Status: 'Active', Age: '10m' });
});

builtin('count what secrets, config maps and service accounts hold', () => {
  const data = { a: 'YQ==', b: 'Yg==' };
  const secret = rowOf('Secret', { type: 'Opaque', data });
  assert.equal(secret, { Name: 'one', Type: 'Opaque', Data: 2, Age: '10m' });
  const configMap = rowOf('ConfigMap', { data: { c: 'd' }, binaryData: data });
  assert.equal(configMap, { Name: 'one', Data: 3, Age: '10m' });
  assert.equal(rowOf('ConfigMap', {}), { Name: 'one', Data: 0, Age: '10m' });
  const account = rowOf('ServiceAccount', { secrets: [{ name: 's' }] });
  assert.equal(account, { Name: 'one', Secrets: 1, Age: '10m' });
});

builtin('show where a service is', () => {
  const ports = [{ port: 80 }, { port: 53, protocol: 'UDP', nodePort: 30_053 }];
  const spec = { type: 'ClusterIP', clusterIP: '10.0.0.1', ports, selector: { b: '2', a: '1' } };
  assert.equal(rowOf('Service', { spec }), {
    ...{ Name: 'one', Type: 'ClusterIP', 'Cluster-IP': '10.0.0.1', 'External-IP': '<none>' },
    ...{ 'Port(s)': '80/TCP,53:30053/UDP', Age: '10m', Selector: 'a=1,b=2' },
  });
  const outside = rowOf('Service', { spec: { type: 'ExternalName', externalName: 'a.b' } });
  assert.equal(outside, {
    ...{ Name: 'one', Type: 'ExternalName', 'Cluster-IP': '<none>', 'External-IP': 'a.b' },
    ...{ 'Port(s)': '<none>', Age: '10m', Selector: '<none>' },
  });
  const balanced = rowOf('Service', { spec: { type: 'LoadBalancer' } });
  assert.is(balanced['External-IP'], '<pending>');
});

builtin('show what happened to which object, and when', () => {
  const involvedObject = { kind: 'Experiment', name: 'x', fieldPath: 'spec' };
  const common = { type: 'Normal', reason: 'R', message: ' told \n', involvedObject };
  const told = { Type: 'Normal', Reason: 'R', Object: 'experiment/x', Subobject: 'spec' };
  const counted = { firstTimestamp: created, lastTimestamp: '2031-05-06T07:09:00Z', count: 4 };
  const first = rowOf('Event', { ...common, ...counted, source: { component: 'c', host: 'h' } });
  assert.equal(first, {
    ...{ 'Last Seen': '60s', ...told, Source: 'c, h', Message: 'told', 'First Seen': '10m' },
    ...{ Count: 4, Name: 'one' },
  });
  const eventTime = '2031-05-06T07:05:00.123456Z';
  const second = rowOf('Event', { ...common, eventTime, reportingComponent: 'r' });
  assert.equal(second, {
    ...{ 'Last Seen': '4m59s', ...told, Source: 'r', Message: 'told', 'First Seen': '4m59s' },
    ...{ Count: 1, Name: 'one' },
  });
  const series = { count: 7, lastObservedTime: '2031-05-06T07:09:30.000000Z' };
  const third = rowOf('Event', { ...common, eventTime, series });
  assert.equal([third['Last Seen'], third['Count']], ['30s', 7]);
});

builtin('show who holds a lease', () => {
  const row = rowOf('Lease', { spec: { holderIdentity: 'me' } });
  assert.equal(row, { Name: 'one', Holder: 'me', Age: '10m' });
});

builtin('show who a role is given to', () => {
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'User', name: 'v' },
    { kind: 'Group', name: 'g' },
    { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
  ];
  const row = { Name: 'one', Role: 'Role/r', Age: '10m', Users: 'u, v', Groups: 'g' };
  for (const name of ['RoleBinding', 'ClusterRoleBinding']) {
    const binding = rowOf(name, { roleRef: { kind: 'Role', name: 'r' }, subjects });
    assert.equal(binding, { ...row, ServiceAccounts: 'n/a' });
  }
});

builtin('show when roles and definitions were created', () => {
  for (const name of ['Role', 'ClusterRole', 'CustomResourceDefinition']) {
    assert.equal(rowOf(name, {}), { Name: 'one', 'Created At': created });
  }
});

builtin.run();

const ages = suite('formatAge');

ages('shows the two largest units that matter', () => {
  const [minute, hour, day, year] = [60, 3600, 86_400, 365 * 86_400];
  const shown: [number, string][] = [
    [-2, '<invalid>'],
    [-1.9, '0s'],
    [0.999, '0s'],
    [2 * minute - 0.001, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 1, '2m1s'],
    [10 * minute - 0.001, '9m59s'],
    [10 * minute + 1, '10m'],
    [3 * hour - 0.001, '179m'],
    [3 * hour, '3h'],
    [3 * hour + minute, '3h1m'],
    [8 * hour - 0.001, '7h59m'],
    [8 * hour + 59 * minute, '8h'],
    [2 * day - 0.001, '47h'],
    [2 * day, '2d'],
    [2 * day + hour, '2d1h'],
    [8 * day - 0.001, '7d23h'],
    [8 * day + 23 * hour, '8d'],
    [2 * year - 0.001, '729d'],
    [2 * year + 23 * hour, '2y'],
    [2 * year + day, '2y1d'],
    [8 * year - 0.001, '7y364d'],
    [8 * year + 364 * day, '8y'],
  ];
  for (const [seconds, text] of shown) assert.is(formatAge(seconds), text);
});

ages.run();
