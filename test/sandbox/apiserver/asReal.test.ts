// What describes and shows objects is compared with what a real API server answers.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { discover } from '../../../sandbox/apiserver/discovery.ts';
import { resourcesOf } from '../../../sandbox/apiserver/definitions.ts';
import { openApiDocument } from '../../../sandbox/apiserver/openapi.ts';
import { toTable } from '../../../sandbox/apiserver/table.ts';
import type { ApiObject } from '../../../sandbox/apiserver/types.ts';
import { type Send, serveSchema, until } from '../../api/requests.ts';
import { reference } from '../../shared.ts';
import { allKinds, customKinds } from './resources.ts';

type Json = Record<string, unknown>;

const texts = [
  ...['.spec.list', '.spec.list[*]', '.spec.list[0]', '.spec.list[-1]', '.spec.list[9]'],
  ...['.spec.list[-9]', '.spec.list[*][0]', '.spec.lists[*][0]', '.spec.lists[*][1]'],
  ...['.spec.list[?(@=="y")]', '.spec.object', ".spec.object['x']", ".spec['object'].x"],
  ...[".spec.object['a.b']", '.spec.object.a\\.b', '.spec.object[0]', '.spec.dash-ed'],
  ...['.spec.objects', '.spec.objects[*].name', '.spec.objects.name', '.spec.objects[1].nested'],
  ...['@.name=="b"', "@.name=='b'", '@.name!="b"', '@.name == "b"', '@.value==2', '@.value!=1']
    .concat('@.value=="2"', '@.value!="2"', '@.flag==true', '@.flag!=true', '@.flag==false')
    .concat('@.partial=="p"', '@.missing!="p"', '@.nested.x==1', '@.name=="a)]"', '@=="x"')
    .map((condition) => `.spec.objects[?(${condition})].name`),
  ...['.spec.fractions[?(@.value==2)].value', '.spec.quotes[?(@.text=="a\\"b")].text'],
  ...['.spec.nulls', '.spec.nulls[0]', '.spec.nulls[?(@=="x")]', '.spec.nulls.x', '.spec.null'],
  ...['.spec.null.x', '.spec.null[0]', '.spec.null[*]', '.spec.null[?(@.x==1)]', '.spec.text.a'],
  ...['.spec.text', '.spec.text[0]', '.spec.text[*]', '.spec.text[?(@.x==1)]', '.spec.missing.a'],
  ...['.spec.missing[?(@.x==1)].y', '.spec.html', '.spec.htmls', '.spec.empty', '.spec.empties'],
  ...['.spec.empties[*]', '.spec.true', '.spec.numbers', '.spec.whole', '.spec.large', '.kind'],
  ...['.spec.huge', '.spec.fraction', '.spec.manyDigits', '.spec.small', '.spec.date'],
  ...['.metadata.labels.iter8\\.tools/stage', '.metadata.name', '.metadata.managedFields'],
];

const values = ['whole', 'fraction', 'negative', 'text', 'digits', 'true', 'null', 'list'];
const dates = ['date', 'zone', 'parts', 'future', 'text', 'empty', 'whole', 'null', 'missing'];

const columns = [
  ...texts.map((jsonPath) => ({ type: 'string', jsonPath })),
  ...['integer', 'number', 'boolean'].flatMap((type) =>
    values.map((field) => ({ type, jsonPath: `.spec.${field}` })),
  ),
  ...dates.map((field) => ({ type: 'date', jsonPath: `.spec.${field}` })),
].map((column, index) => ({ name: `column ${index}`, ...column }));

const age = {
  ...{ name: 'age', type: 'date', format: 'date', priority: 1 },
  jsonPath: '.metadata.creationTimestamp',
};

const spec = {
  list: ['x', 'y', 'z'],
  lists: [['p', 'q'], ['r']],
  object: { x: 1, 'a.b': 'dotted' },
  'dash-ed': 'd',
  objects: [
    { name: 'a', value: 1, flag: true },
    { name: 'b', value: 2, flag: false, partial: 'p', nested: { x: 1 } },
  ],
  fractions: [{ value: 1.5 }, { value: 2 }],
  quotes: [{ text: 'a"b' }],
  nulls: [null, 'x'],
  null: null,
  ...{ text: 'hello', html: '<a & b>', htmls: ['<a & b>\u2028é'], empty: '', empties: [] },
  ...{ true: true, whole: 7, large: 12_345_678_901, huge: 1e21, digits: '12' },
  ...{ fraction: 1.5, negative: -2.7, manyDigits: 123_456_789.5, small: 0.000_012_34 },
  numbers: [1.5, 1e-7, 1e21, 123_456_789.5],
  ...{ date: '2020-01-02T03:04:05Z', zone: '2020-01-02T03:04:05+02:00' },
  ...{ parts: '2020-01-02T03:04:05.123456Z', future: '2100-01-01T00:00:00Z' },
};

const odd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'odds.test.io' },
  spec: {
    group: 'test.io',
    scope: 'Namespaced',
    names: { kind: 'Odd', plural: 'odds', singular: 'odd' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true, additionalPrinterColumns: [...columns, age] },
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
} satisfies ApiObject;

const up = reference('kubeapi/up.sh');
if (up) testBeside(up);

function testBeside(up: string): void {
  const real = suite('beside a real API server');
  const run = promisify(execFile);
  const folder = mkdtempSync(join(tmpdir(), 'kubeapi-'));
  const kinds = [...allKinds, ...resourcesOf(odd)];
  let send: Send;

  const get = async (path: string, accept = 'application/json'): Promise<Json> => {
    const { status, body } = await send({ path, headers: { accept } });
    assert.is(status, 200, JSON.stringify(body));
    return body as Json;
  };
  const create = async (path: string, body: object): Promise<void> => {
    const answer = await send({ method: 'POST', path, body });
    assert.is(answer.status, 201, JSON.stringify(answer.body));
  };

  real.before(async () => {
    await run(up, [folder]);
    send = await serveSchema(join(folder, 'admin.kubeconfig'));
    await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', odd);
    await until(async () => (await send({ path: '/apis/test.io/v1/odds' })).status === 200);
    const labels = { 'iter8.tools/stage': 'Running' };
    const object = { apiVersion: 'test.io/v1', kind: 'Odd', metadata: { name: 'one', labels } };
    await create('/apis/test.io/v1/namespaces/default/odds', { ...object, spec });
  });
  real.after(async () => {
    await run(join(dirname(up), 'down.sh'), ['-r', folder]);
  });

  real('tables of custom and built-in kinds are the same', async () => {
    for (const name of ['Odd', 'Experiment', 'Namespace', 'ServiceAccount', 'ClusterRoleBinding']) {
      const resource = kinds.find(({ kind }) => kind === name)!;
      const { group, version, plural } = resource;
      const path = `/${group ? `apis/${group}` : 'api'}/${version}/${plural}`;
      const { items, metadata } = (await get(path)) as { items: ApiObject[]; metadata: Json };
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const table = await get(path, accept);
      const options = { include: 'Metadata', now: new Date() } as const;
      const listMeta = { resourceVersion: metadata['resourceVersion'] };
      if (name !== 'Experiment') assert.ok(items.length > 0, name);
      const ours = toTable(resource, items, { ...options, listMeta });
      assert.equal(comparable(ours), comparable(table), name);
    }
  });

  real('custom kinds are discovered in the same way', async () => {
    for (const path of ['/apis/iter8.tools', '/apis/iter8.tools/v2alpha2', '/apis/test.io/v1']) {
      assert.equal(sorted(discover(path, kinds)!), sorted(await get(path)), path);
    }
  });

  real('custom kinds have the same schemas', async () => {
    const path = '/openapi/v3/apis/iter8.tools/v2alpha2';
    await until(async () => (await send({ path })).status === 200);
    type Document = { components: { schemas: Json } };
    const theirs = (await get(path)) as Document;
    const ours = openApiDocument(customKinds, 'iter8.tools', 'v2alpha2') as Document;
    for (const kind of ['Experiment', 'Metric']) {
      const name = `tools.iter8.v2alpha2.${kind}`;
      assert.equal(ours.components.schemas[name], theirs.components.schemas[name], kind);
    }
  });

  real.run();
}

/** A Table without what differs from moment to moment, and the descriptions of built-in columns. */
function comparable(table: object): object {
  const { columnDefinitions, rows, ...rest } = structuredClone(table) as {
    columnDefinitions: Json[];
    rows: { cells: unknown[] }[];
  };
  const isAge = columnDefinitions.map(({ name }) => /^age$/i.test(String(name)));
  return {
    ...rest,
    columns: columnDefinitions.map((column) => ({ ...column, description: '' })),
    rows: rows.map((row) => ({ ...row, cells: row.cells.filter((_, index) => !isAge[index]) })),
  };
}

/** A discovery answer without the storage's hash, in one order. */
function sorted(answer: object): object {
  const { resources = [], ...rest } = answer as { resources?: Json[] };
  const comparables = resources.map((resource) => {
    const verbs = (resource['verbs'] as string[]).toSorted();
    return { ...resource, verbs, storageVersionHash: '' };
  });
  const nameOf = (resource: object): string => (resource as { name: string }).name;
  return { ...rest, resources: comparables.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
}
