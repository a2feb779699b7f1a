// Lists: which objects are in them, in what form, and in how many pages.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { namesOf, ok, refused, startCluster, type Body, type Cluster } from './cluster.ts';

const lists = suite('a list');
let cluster: Cluster;

lists.before(async () => {
  cluster = await startCluster('lists');
  const labels = (color: string, tier: string) => ({ metadata: { labels: { color, tier } } });
  await cluster.create('one', labels('red', 'a'));
  await cluster.create('two', { spec: { color: 'green' }, ...labels('green', 'b') });
  await cluster.create('three', { spec: { color: 'blue' } });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await cluster.patch(`${cluster.widgets}/one/status`, { status: { conditions } });
});
lists.after(() => cluster.stop());

const list = (query: string, at = cluster.widgets) => cluster.get(`${at}?${query}`);

lists(
  'has the kind of a list, a version, and whole objects in the order of their names',
  async () => {
    const body = ok(await cluster.get(cluster.widgets));
    assert.is(body.kind, 'WidgetList');
    assert.is(body.apiVersion, `${cluster.group}/v1`);
    assert.match(body.metadata.resourceVersion, /^\d+$/);
    assert.equal(namesOf({ status: 200, body, warnings: '' }), ['one', 'three', 'two']);
    assert.equal(body.items[0], ok(await cluster.get(`${cluster.widgets}/one`)));
  },
);

lists('of all namespaces has these objects too', async () => {
  const all = await cluster.get(`/apis/${cluster.group}/v1/widgets`);
  assert.equal(namesOf(all), ['one', 'three', 'two']);
});

lists('of a namespace that is not there is empty', async () => {
  const path = `/apis/${cluster.group}/v1/namespaces/nowhere/widgets`;
  assert.equal(namesOf(await cluster.get(path)), []);
});

const BY_LABELS: Record<string, string[]> = {
  'color=red': ['one'],
  'color==red': ['one'],
  'color!=red': ['three', 'two'],
  'color in (red,green)': ['one', 'two'],
  'color notin (red)': ['three', 'two'],
  color: ['one', 'two'],
  '!color': ['three'],
  'color=red,tier=a': ['one'],
  'color=red,tier=b': [],
};

lists('selects by labels', async () => {
  for (const [selector, names] of Object.entries(BY_LABELS)) {
    const found = await list(`labelSelector=${encodeURIComponent(selector)}`);
    assert.equal(namesOf(found), names, selector);
  }
  refused(await list('labelSelector=a%20b'), 400, "unable to parse requirement: found 'b'");
});

const BY_FIELDS: Record<string, string[]> = {
  'metadata.name=one': ['one'],
  'metadata.name!=one': ['three', 'two'],
  'metadata.namespace=other': [],
  'spec.color=green': ['two'],
  'spec.color!=green': ['one', 'three'],
  'spec.color=blue,metadata.name=three': ['three'],
};

lists('selects by name, by namespace and by the fields that the definition names', async () => {
  for (const [selector, names] of Object.entries(BY_FIELDS)) {
    const found = await list(`fieldSelector=${encodeURIComponent(selector)}`);
    assert.equal(namesOf(found), names, selector);
  }
  const unknown = await list('fieldSelector=spec.minSize%3D1');
  refused(unknown, 400, 'field label not supported: spec.minSize');
});

lists('selects by labels and fields at once', async () => {
  const both = await list('labelSelector=color&fieldSelector=spec.color%3Dgreen');
  assert.equal(namesOf(both), ['two']);
});

lists('in pages shows one moment, whatever happens between them', async () => {
  for (const name of ['page-1', 'page-2', 'page-3', 'page-4']) {
    await cluster.create(name, { metadata: { labels: { of: 'pages' } } });
  }
  const first = ok(await list('limit=2&labelSelector=of%3Dpages'));
  await cluster.create('page-0', { metadata: { labels: { of: 'pages' } } });
  await cluster.create('page-3b', { metadata: { labels: { of: 'pages' } } });
  ok(await cluster.remove(`${cluster.widgets}/page-3`));
  const names = first.items.map(({ metadata }) => metadata.name);
  for (let token = first.metadata.continue; token;) {
    const next = `limit=2&labelSelector=of%3Dpages&continue=${encodeURIComponent(token)}`;
    const { items, metadata } = ok(await list(next));
    names.push(...items.map((item) => item.metadata.name));
    assert.is(metadata.resourceVersion, first.metadata.resourceVersion);
    token = metadata.continue;
  }
  assert.equal(names, ['page-1', 'page-2', 'page-3', 'page-4']);
});

lists('says how many are left where nothing is selected', async () => {
  const path = `${cluster.core}/configmaps`;
  for (const name of ['a', 'b', 'c']) ok(await cluster.post(path, { metadata: { name } }), 201);
  const { metadata } = ok(await list('limit=1', path));
  assert.is(metadata['remainingItemCount'], 2);
  const chosen = ok(await list('limit=1&labelSelector=!none', path));
  assert.is(chosen.metadata['remainingItemCount'], undefined);
  assert.ok(chosen.metadata.continue);
});

lists('is refused where its options make no sense', async () => {
  refused(await list('limit=many'), 400, 'strconv.ParseInt: parsing "many": invalid syntax');
  refused(await list('continue=zz'), 400, 'continue key is not valid');
  refused(await list('resourceVersion=zz'), 400, 'invalid resource version');
  refused(await list('resourceVersionMatch=Exact'), 422, 'resourceVersionMatch: Forbidden');
});

interface Table {
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[]; object: Body }[];
}

const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

lists('as a Table has the columns of the definition, and the metadata of the objects', async () => {
  const path = `${cluster.widgets}?fieldSelector=metadata.name%3Done`;
  const body = ok(await cluster.get(path, TABLE));
  const { columnDefinitions, rows } = body as unknown as Table;
  assert.is(body.kind, 'Table');
  assert.equal(
    columnDefinitions.map(({ name }) => name),
    ['Name', 'Color', 'Ready'],
  );
  const { cells, object } = rows[0]!;
  assert.equal(cells, ['one', 'red', 'True']);
  assert.is(object.kind, 'PartialObjectMetadata');
  assert.is(object.metadata.name, 'one');
});

lists('as a Table has whole objects or none on request', async () => {
  const objectOf = async (include: string): Promise<unknown> => {
    const path = `${cluster.widgets}?limit=1&includeObject=${include}`;
    return (ok(await cluster.get(path, TABLE)) as unknown as Table).rows[0]?.object;
  };
  assert.is(((await objectOf('Object')) as Body).kind, 'Widget');
  assert.is(await objectOf('None'), null);
});

lists('can be of metadata alone', async () => {
  const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
  const body = ok(await cluster.get(cluster.widgets, { accept }));
  assert.is(body.kind, 'PartialObjectMetadataList');
  assert.equal(Object.keys(body.items[0]!).sort(), ['apiVersion', 'kind', 'metadata']);
});

lists('of a built-in kind does not say of each object what it is', async () => {
  const body = ok(await list('fieldSelector=metadata.name%3Ddefault', '/api/v1/namespaces'));
  assert.is(body.kind, 'NamespaceList');
  assert.equal(Object.keys(body.items[0]!).sort(), ['metadata', 'spec', 'status']);
});

lists('is what a deletion of many deletes', async () => {
  const labels = { of: 'victims' };
  for (const name of ['victim-1', 'victim-2']) await cluster.create(name, { metadata: { labels } });
  const selected = `${cluster.widgets}?labelSelector=of%3Dvictims`;
  ok(await cluster.remove(`${selected}&dryRun=All`));
  assert.equal(namesOf(await cluster.get(selected)), ['victim-1', 'victim-2']);
  assert.equal(namesOf(await cluster.remove(selected)), ['victim-1', 'victim-2']);
  assert.equal(namesOf(await cluster.get(selected)), []);
  ok(await cluster.get(`${cluster.widgets}/one`));
});

lists.run();
