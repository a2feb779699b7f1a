// kubectl's verbs, on a kind and in a namespace of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kubectl, type KubectlResult } from '../../sandbox/kubectl.ts';
import { isInPath } from '../shared.ts';
import { ok, startCluster, type Cluster } from './cluster.ts';
import { until } from './requests.ts';

let cluster: Cluster;

function ask(args: string[], stdin = ''): Promise<KubectlResult> {
  return kubectl(cluster.kubeconfig, ['--namespace', cluster.namespace, ...args], stdin);
}

async function run(args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await ask(args, stdin);
  assert.is(code, 0, stderr);
  return stdout;
}

/** What kubectl says where it fails. */
async function fails(args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await ask(args, stdin);
  assert.is.not(code, 0, stdout);
  return stderr + stdout;
}

const manifest = (name: string, spec: object, metadata: object = {}): string =>
  JSON.stringify(
    cluster.widget(name, { spec, metadata: { namespace: cluster.namespace, ...metadata } }),
  );

const kind = (): string => `widgets.${cluster.group}`;
const object = (name: string): string => `${kind()}/${name}`;
const applied = (name: string, spec: object = {}): Promise<string> =>
  run(['apply', '-f', '-'], manifest(name, spec));

/** The words in the rows of a table, the header's left out. */
function rowsOf(text: string): string[][] {
  const [, ...rows] = text.trim().split('\n');
  return rows.map((row) => row.trim().split(/\s{2,}/));
}

if (isInPath('kubectl')) testOnServer();

function testOnServer(): void {
  const verbs = suite('kubectl');
  verbs.before(async () => {
    cluster = await startCluster('verbs');
    await cluster.create('one', { metadata: { labels: { of: 'first' } } });
    const conditions = [{ type: 'Ready', status: 'True' }];
    await cluster.patch(`${cluster.widgets}/one/status`, { status: { conditions } });
  });
  verbs.after(() => cluster.stop());

  verbs('get shows columns, and finds by short name, category and selectors', async () => {
    assert.equal(rowsOf(await run(['get', kind(), 'one'])), [['one', 'red', 'True']]);
    const asked = [
      ['wdg'],
      ['gadgets'],
      [kind(), '-l', 'of=first'],
      [kind(), '--field-selector', 'spec.color=red'],
    ];
    const found = await Promise.all(asked.map((args) => run(['get', ...args, '-o', 'name'])));
    for (const names of found) assert.match(names, `widget.${cluster.group}/one`);
    assert.match(await fails(['get', kind(), 'none']), `${kind()} "none" not found`);
  });

  verbs('get -w shows what happens', async () => {
    await cluster.create('watched');
    const watching = start(['get', kind(), 'watched', '-w']);
    await until(() => watching.lines().length === 2);
    await cluster.patch(`${cluster.widgets}/watched`, { spec: { color: 'blue' } });
    await until(() => watching.lines().length === 3);
    assert.match(watching.lines()[2]!, /^watched +blue/);
    watching.stop();
  });

  verbs('api-resources lists the kind', async () => {
    const [resource] = rowsOf(await run(['api-resources', `--api-group=${cluster.group}`]));
    assert.equal(resource, ['widgets', 'wdg', `${cluster.group}/v1`, 'true', 'Widget']);
  });

  verbs('explain shows what the schema says', async () => {
    const version = `--api-version=${cluster.group}/v1`;
    await until(async () => (await ask(['explain', 'widgets.spec', version])).code === 0);
    const color = await run(['explain', 'widgets.spec.color', version]);
    assert.match(color, 'The color of the widget.');
    assert.match(color, /ENUM:\s+red\s+green\s+blue/);
    assert.match(await run(['explain', 'widgets', '--recursive', version]), /minSize\s+<integer>/);
  });

  verbs('describe shows fields and events', async () => {
    const { metadata, apiVersion } = ok(await cluster.get(`${cluster.widgets}/one`));
    const { namespace } = cluster;
    const involved = { apiVersion, kind: 'Widget', name: 'one', namespace, uid: metadata.uid };
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const event = {
      metadata: { name: 'one.1' },
      involvedObject: involved,
      ...{ reason: 'Tested', message: 'it happened', type: 'Normal', count: 1 },
      ...{ firstTimestamp: time, lastTimestamp: time, source: { component: 'tester' } },
    };
    ok(await cluster.post(`${cluster.core}/events`, event), 201);
    const text = await run(['describe', object('one')]);
    assert.match(text, /Color: +red/);
    assert.match(text, /Normal +Tested +\S+ +tester +it happened/);
    const listed = await run(['get', 'events', '--field-selector', 'involvedObject.name=one']);
    assert.match(listed, /Normal +Tested +widget\/one +it happened/);
  });

  verbs('apply creates, leaves and changes', async () => {
    assert.match(await applied('applied', { color: 'blue', minSize: 2 }), 'created');
    assert.match(await applied('applied', { color: 'blue', minSize: 2 }), 'unchanged');
    assert.match(await applied('applied', { color: 'green' }), 'configured');
    const { spec } = ok(await cluster.get(`${cluster.widgets}/applied`));
    assert.equal(spec, { color: 'green', minSize: 1, maxSize: 10 });
  });

  verbs('apply refuses what the schema does not know, and what it forbids', async () => {
    const unknown = await fails(['apply', '-f', '-'], manifest('wrong', { oops: 1 }));
    assert.match(unknown, 'strict decoding error: unknown field "spec.oops"');
    await cluster.create('right');
    const added = await fails(['apply', '-f', '-'], manifest('right', { oops: 1 }));
    assert.match(added, 'unknown field "spec.oops"');
    const pink = await fails(['apply', '-f', '-'], manifest('wrong', { color: 'pink' }));
    assert.match(pink, 'spec.color: Unsupported value: "pink"');
  });

  verbs('apply --server-side tells of conflicts, and wins by force', async () => {
    const apply = ['apply', '--server-side', '-f', '-', '--field-manager'];
    assert.match(await run([...apply, 'one'], manifest('shared', {})), 'serverside-applied');
    const blue = manifest('shared', { color: 'blue' });
    assert.match(await fails([...apply, 'two'], blue), 'conflict with "one": .spec.color');
    await run([...apply, 'two', '--force-conflicts'], blue);
    assert.is(ok(await cluster.get(`${cluster.widgets}/shared`)).spec['color'], 'blue');
  });

  verbs('diff shows what apply would change', async () => {
    await applied('differing');
    const { code, stdout } = await ask(
      ['diff', '-f', '-'],
      manifest('differing', { color: 'blue' }),
    );
    assert.is(code, 1);
    assert.match(stdout, /^-  color: red$/m);
    assert.match(stdout, /^\+  color: blue$/m);
    await run(['diff', '-f', '-'], manifest('differing', {}));
  });

  verbs('edit sends what an editor makes of the object', async () => {
    await cluster.create('edited');
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-verbs-'));
    const editor = join(folder, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/color: red/color: green/" "$1"\n');
    chmodSync(editor, 0o755);
    process.env['KUBE_EDITOR'] = editor;
    assert.match(await run(['edit', object('edited')]), 'edited');
    delete process.env['KUBE_EDITOR'];
    rmSync(folder, { recursive: true });
    assert.is(ok(await cluster.get(`${cluster.widgets}/edited`)).spec['color'], 'green');
  });

  verbs('label, annotate and patch change what they say', async () => {
    await cluster.create('changed');
    const status = '[{"op":"add","path":"/status","value":{"phase":"Done"}}]';
    await Promise.all([
      run(['label', object('changed'), 'a=b']),
      run(['annotate', object('changed'), 'c=d']),
      run(['patch', object('changed'), '--type=merge', '-p', '{"spec":{"minSize":3}}']),
      run(['patch', object('changed'), '--subresource=status', '--type=json', '-p', status]),
    ]);
    assert.match(await fails(['label', object('changed'), 'a=c']), /--overwrite is false/);
    const body = ok(await cluster.get(`${cluster.widgets}/changed`));
    assert.equal(body.metadata.labels, { a: 'b' });
    assert.is((body.metadata['annotations'] as Record<string, string>)['c'], 'd');
    assert.is(body.spec['minSize'], 3);
    assert.equal(body.status, { phase: 'Done' });
  });

  verbs('replace conflicts with a stale object', async () => {
    await cluster.create('stale');
    const stale = await run(['get', object('stale'), '-o', 'json']);
    await run(['label', object('stale'), 'step=1']);
    assert.match(await fails(['replace', '-f', '-'], stale), 'the object has been modified');
  });

  verbs('wait waits for a condition, a value, and the end', async () => {
    await cluster.create('awaited');
    const wait = (what: string) =>
      run(['wait', object('awaited'), `--for=${what}`, '--timeout=20s']);
    const waits = [wait('condition=Ready'), wait('jsonpath={.status.phase}=Done')];
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = { phase: 'Done', conditions };
    ok(await cluster.patch(`${cluster.widgets}/awaited/status`, { status }));
    for (const text of await Promise.all(waits)) assert.match(text, 'condition met');
    const end = wait('delete');
    await run(['delete', object('awaited')]);
    await end;
  });

  verbs('delete says first what it would do, and waits for what it does', async () => {
    await cluster.create('deleted');
    const dry = await run(['delete', object('deleted'), '--dry-run=server']);
    assert.match(dry, '(server dry run)');
    await run(['delete', object('deleted'), '--cascade=foreground', '--timeout=20s']);
    assert.match(await fails(['get', object('deleted')]), 'not found');
    assert.match(await fails(['delete', object('deleted')]), 'not found');
  });

  verbs('create makes built-in kinds', async () => {
    await Promise.all([
      run(['create', 'configmap', 'made', '--from-literal=a=b']),
      run(['create', 'secret', 'generic', 'made', '--from-literal=a=b']),
      run(['create', 'service', 'clusterip', 'made', '--tcp=80:8080']),
    ]);
    assert.equal(ok(await cluster.get(`${cluster.core}/configmaps/made`))['data'], { a: 'b' });
    const [service] = rowsOf(await run(['get', 'service', 'made']));
    assert.equal(service?.slice(0, 2), ['made', 'ClusterIP']);
    assert.match(await fails(['create', 'configmap', 'made']), 'already exists');
  });

  verbs('create grants rights, which auth can-i knows', async () => {
    await Promise.all([
      run(['create', 'role', 'reader', '--verb=get,list', `--resource=${kind()}`]),
      run(['create', 'rolebinding', 'reader', '--role=reader', '--user=jane']),
    ]);
    const can = (verb: string) => ask(['auth', 'can-i', verb, kind(), '--as=jane']);
    await until(async () => (await can('list')).stdout.trim() === 'yes');
    const [no, got, who, all] = await Promise.all([
      can('delete'),
      run(['get', kind(), 'one', '--as=jane']),
      run(['auth', 'whoami', '--as=jane']),
      run(['auth', 'can-i', '--list', '--as=jane']),
    ]);
    assert.is(no.stdout.trim(), 'no');
    assert.equal(rowsOf(got), [['one', 'red', 'True']]);
    assert.match(who, /Username +jane/);
    assert.match(all, kind());
  });

  verbs.run();
}

/** Starts kubectl and collects its lines. */
function start(args: string[]): { lines(): string[]; stop(): void } {
  const { kubeconfig, namespace } = cluster;
  const common = ['--kubeconfig', kubeconfig, '--cache-dir', join(dirname(kubeconfig), 'cache')];
  const child: ChildProcess = spawn('kubectl', [...common, '-n', namespace, ...args]);
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return {
    lines: () => text.split('\n').filter((line) => line !== ''),
    stop: () => {
      child.kill();
    },
  };
}
