// Watches: what a client is told, and from which moment on.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, startCluster, type Body, type Cluster } from './cluster.ts';
import { until, type Watched } from './requests.ts';

const watches = suite('a watch');
let cluster: Cluster;
const running: Watched[] = [];

watches.before(async () => {
  cluster = await startCluster('watch');
});
watches.after.each(() => {
  for (const one of running.splice(0)) one.stop();
});
watches.after(() => cluster.stop());

async function watch(query: string, headers = {}, at = cluster.widgets): Promise<Watched> {
  const watched = await cluster.watch(`${at}?watch=1${query}`, headers);
  running.push(watched);
  return watched;
}

/** Watches the objects with a label, from now on or from a version. */
async function watchLabel(label: string, version?: string, more = ''): Promise<Watched> {
  const from = version ?? ok(await cluster.get(cluster.widgets)).metadata.resourceVersion;
  return watch(`&labelSelector=of%3D${label}&resourceVersion=${from}${more}`);
}

async function told({ events }: Watched, count: number): Promise<string[]> {
  await until(() => events.length >= count);
  return events.map(({ type, object }) => `${type} ${String(object.metadata['name'])}`);
}

const labelled = (of: string) => ({ metadata: { labels: { of } } });
const pathOf = (name: string): string => `${cluster.widgets}/${name}`;

watches('tells what is created, changed and deleted', async () => {
  const watched = await watchLabel('changes');
  await cluster.create('changing', labelled('changes'));
  await cluster.patch(`${pathOf('changing')}/status`, { status: { phase: 'x' } });
  await cluster.patch(pathOf('changing'), { spec: { minSize: 2 } });
  await cluster.remove(pathOf('changing'));
  assert.equal(await told(watched, 4), [
    ...['ADDED changing', 'MODIFIED changing', 'MODIFIED changing', 'DELETED changing'],
  ]);
  const [added, , modified, deleted] = watched.events.map(({ object }) => object as Body);
  assert.is(added?.kind, 'Widget');
  assert.is(modified?.spec['minSize'], 2);
  assert.equal(deleted?.status, { phase: 'x' });
  const versions = watched.events.map(({ object }) => Number(object.metadata['resourceVersion']));
  assert.equal(
    versions,
    versions.toSorted((a, b) => a - b),
  );
});

watches('says nothing of a write that changes nothing', async () => {
  await cluster.create('idle', labelled('idle'));
  const watched = await watchLabel('idle');
  await cluster.patch(pathOf('idle'), { spec: { minSize: 1 } });
  await cluster.patch(pathOf('idle'), { spec: { minSize: 2 } });
  assert.equal(await told(watched, 1), ['MODIFIED idle']);
});

watches('tells first what there is, where it names no version', async () => {
  await cluster.create('earlier', labelled('all'));
  for (const from of ['', '&resourceVersion=0']) {
    const watched = await watch(`&labelSelector=of%3Dall${from}`);
    assert.equal(await told(watched, 1), ['ADDED earlier']);
  }
});

watches('tells what has happened since a version', async () => {
  const { metadata } = await cluster.create('since', labelled('since'));
  await cluster.patch(pathOf('since'), { spec: { minSize: 2 } });
  await cluster.remove(pathOf('since'));
  const watched = await watchLabel('since', metadata.resourceVersion);
  assert.equal(await told(watched, 2), ['MODIFIED since', 'DELETED since']);
});

watches('of selected objects tells when one comes and when one goes', async () => {
  const watched = await watchLabel('chosen');
  const label = (of: string) => cluster.patch(pathOf('fickle'), labelled(of));
  await cluster.create('fickle', labelled('others'));
  await label('chosen');
  await cluster.patch(pathOf('fickle'), { spec: { minSize: 2 } });
  const last = ok(await label('others'));
  await cluster.patch(pathOf('fickle'), { spec: { minSize: 3 } });
  ok(await label('chosen'));
  assert.equal(await told(watched, 4), [
    ...['ADDED fickle', 'MODIFIED fickle', 'DELETED fickle', 'ADDED fickle'],
  ]);
  const { metadata } = watched.events[2]!.object as Body;
  assert.equal(metadata.labels, { of: 'chosen' }, 'as it was last seen');
  assert.is(metadata.resourceVersion, last.metadata.resourceVersion, 'at the time when it went');
});

watches('selects by fields in the same way', async () => {
  const { metadata } = ok(await cluster.get(cluster.widgets));
  const version = `&resourceVersion=${metadata.resourceVersion}`;
  const green = await watch(`&fieldSelector=spec.color%3Dgreen${version}`);
  const named = await watch(`&fieldSelector=metadata.name%3Dturning${version}`);
  await cluster.create('turning', { spec: { color: 'green' } });
  await cluster.create('unseen');
  await cluster.patch(pathOf('turning'), { spec: { color: 'red' } });
  assert.equal(await told(green, 2), ['ADDED turning', 'DELETED turning']);
  assert.equal(await told(named, 2), ['ADDED turning', 'MODIFIED turning']);
});

const INITIAL =
  '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

watches('can tell what there is and, with a bookmark, when that was all', async () => {
  await cluster.create('initial', labelled('initial'));
  const watched = await watch(`&labelSelector=of%3Dinitial${INITIAL}`);
  await told(watched, 2);
  assert.equal(
    watched.events.map(({ type }) => type),
    ['ADDED', 'BOOKMARK'],
  );
  const bookmark = watched.events[1]!;
  assert.is(bookmark.object.kind, 'Widget');
  const { annotations, resourceVersion } = bookmark.object.metadata;
  assert.equal(annotations, { 'k8s.io/initial-events-end': 'true' });
  assert.match(String(resourceVersion), /^\d+$/);
  await cluster.create('later', labelled('initial'));
  assert.is((await told(watched, 3))[2], 'ADDED later');
});

watches('of a built-in kind can tell that too', async () => {
  const watched = await watch(INITIAL, {}, '/api/v1/namespaces');
  await until(() => watched.events.some(({ type }) => type === 'BOOKMARK'));
  const names = watched.events.map(({ object }) => object.metadata['name']);
  assert.ok(names.includes(cluster.namespace));
});

watches('from a version that is forgotten ends with 410', async () => {
  const watched = await watch('&resourceVersion=1');
  await until(() => watched.isOver);
  const { type, object } = watched.events[0]!;
  assert.is(type, 'ERROR');
  assert.is(object['code'], 410);
  assert.is(object['reason'], 'Expired');
  assert.match(String(object['message']), /^too old resource version: 1 \(\d+\)$/);
});

watches('is refused where its options make no sense', async () => {
  const refusal = async (query: string): Promise<[status: number, message: string]> => {
    const { status, body } = await cluster.get(`${cluster.widgets}?watch=1${query}`);
    return [status, body.message];
  };
  const [malformed, message] = await refusal('&resourceVersion=zz');
  assert.ok([400, 500].includes(malformed));
  assert.match(message, 'resourceVersion: Invalid value: "zz"');
  assert.is((await refusal('&labelSelector=a%20b'))[0], 400);
  assert.is((await refusal('&timeoutSeconds=x'))[0], 400);
  const [status, words] = await refusal('&sendInitialEvents=true');
  assert.is(status, 422);
  assert.match(words, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
});

watches('ends after the time that it asks for', async () => {
  const watched = await watch('&timeoutSeconds=1');
  await until(() => watched.isOver);
});

interface Table {
  columnDefinitions: { name: string }[] | null;
  rows: { cells: unknown[] }[];
}

watches('as Tables describes the columns once', async () => {
  await cluster.create('row-1', labelled('rows'));
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const watched = await watch('&labelSelector=of%3Drows', { accept });
  await cluster.create('row-2', { spec: { color: 'blue' }, ...labelled('rows') });
  await until(() => watched.events.length === 2);
  const [first, second] = watched.events.map(({ object }) => object as unknown as Table);
  const names = first?.columnDefinitions?.map(({ name }) => name);
  assert.equal(names, ['Name', 'Color', 'Ready']);
  assert.equal(first?.rows[0]?.cells, ['row-1', 'red', null]);
  assert.is(second?.columnDefinitions ?? null, null);
  assert.equal(second?.rows[0]?.cells, ['row-2', 'blue', null]);
});

watches('can be of metadata alone', async () => {
  await cluster.create('partial', labelled('partial'));
  const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
  const watched = await watch('&labelSelector=of%3Dpartial', { accept });
  await told(watched, 1);
  const { object } = watched.events[0]!;
  assert.is(object.kind, 'PartialObjectMetadata');
  assert.is(object['spec'], undefined);
});

watches.run();
