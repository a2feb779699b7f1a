// kubectl against a server that knows nothing but one Experiment and what describes it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { discover } from '../../../sandbox/apiserver/discovery.ts';
import { openApiDocument, openApiIndex } from '../../../sandbox/apiserver/openapi.ts';
import { toTable } from '../../../sandbox/apiserver/table.ts';
import { kubectl } from '../../../sandbox/kubectl.ts';
import { isInPath } from '../../shared.ts';
import {
  type Answer,
  type Asked,
  type Kubeconfig,
  startStub,
  type Stub,
  writeKubeconfig,
} from '../../stub-server.ts';
import { allKinds, experiment, kind } from './resources.ts';

const experiments = '/apis/iter8.tools/v2alpha2/namespaces/default/experiments';
const now = new Date('2031-05-06T07:10:00Z');
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const applied = {
  ...{ apiVersion: experiment.apiVersion, kind: 'Experiment' },
  metadata: { name: 'going', namespace: 'default' },
  spec: { target: 'default/iris', strategy: { testingPattern: 'Canary' } },
};

function describe(path: string): object | undefined {
  if (path === '/openapi/v3') return openApiIndex(allKinds);
  const [, group = '', version] = /^\/openapi\/v3\/apis?(?:\/(.+))?\/([^/]+)$/.exec(path) ?? [];
  return version ? openApiDocument(allKinds, group, version) : discover(path, allKinds);
}

function answer({ method, path, headers, text }: Asked): Answer {
  const body = describe(path);
  if (body) return { json: body };
  if (!path.startsWith(experiments)) return { status: 404, json: { kind: 'Status', code: 404 } };
  if (headers.accept?.includes('as=Table') && method === 'GET') {
    const options = { include: 'Metadata', now, listMeta: { resourceVersion: '7' } } as const;
    return { json: toTable(kind('Experiment'), [experiment], options) };
  }
  if (method === 'POST') return { status: 201, json: JSON.parse(text) as object };
  const annotations = { [lastApplied]: JSON.stringify(applied) };
  return { json: { ...experiment, metadata: { ...experiment.metadata, annotations } } };
}

if (isInPath('kubectl')) testCommands();

function testCommands(): void {
  const commands = suite('kubectl at a stub');
  let stub: Stub;
  let kubeconfig: Kubeconfig;

  const stdout = async (args: string[], stdin = ''): Promise<string> => {
    const { code, stdout: text, stderr } = await kubectl(kubeconfig.path, args, stdin);
    assert.is(code, 0, stderr);
    return text;
  };
  const written = (): Asked => stub.asked.findLast(({ method }) => method !== 'GET')!;

  commands.before(async () => {
    stub = await startStub(answer);
    kubeconfig = writeKubeconfig(stub.url, {});
  });
  commands.after(async () => {
    await stub.stop();
    kubeconfig.remove();
  });

  commands('finds the kinds though the server has only the plain form of discovery', async () => {
    const text = await stdout(['api-resources', '--no-headers']);
    assert.match(text, /^experiments +iexp +iter8.tools\/v2alpha2 +true +Experiment$/m);
    assert.match(text, /^namespaces +ns +v1 +false +Namespace$/m);
    assert.match(text, /^inferenceservices +isvc +serving.kserve.io\/v1beta1 +true/m);
  });

  commands('explains a field', async () => {
    const text = await stdout(['explain', 'experiments.spec.strategy.weights']);
    assert.match(text, /KIND: +Experiment\nVERSION: +v2alpha2/);
    assert.match(text, /maxCandidateWeightIncrement\s+<integer>\s+The most that a candidate/);
  });

  commands('explains all fields below one', async () => {
    const text = await stdout(['explain', 'experiments.spec', '--recursive']);
    assert.match(text, /\n {2}strategy\t<Object> -required-\n/);
    assert.match(text, /\n {6}maxCandidateWeight\t<integer>\n/);
  });

  commands('explains metadata, also of built-in kinds', async () => {
    const text = await stdout(['explain', 'experiments.metadata']);
    assert.match(text, /FIELD: metadata <ObjectMeta>/);
    assert.match(text, /labels\t<map\[string\]string>\n +Map of string keys and values/);
    assert.match(text, /ownerReferences\t<\[\]OwnerReference>/);
    assert.match(await stdout(['explain', 'configmaps']), /metadata\t<ObjectMeta>/);
  });

  commands('gets a table', async () => {
    const [header, row] = (await stdout(['get', 'experiments'])).trim().split('\n');
    assert.equal(header?.split(/\s{2,}/), [
      ...['NAME', 'TYPE', 'TARGET', 'STAGE', 'COMPLETED ITERATIONS', 'MESSAGE'],
    ]);
    assert.equal(row?.split(/\s{2,}/), [
      ...['going', 'Canary', 'default/iris', 'Running', '3'],
      'IterationUpdate: Completed Iteration 3',
    ]);
  });

  commands('gets a wide table', async () => {
    const text = await stdout(['get', 'iexp', '-o', 'wide', '--show-labels']);
    assert.match(
      text,
      /MESSAGE\s+WEIGHTS\s+WINNER\s+NEXT ITERATION\s+PAUSED\s.*\sSUSPENDED\s+AGE\s+UID/,
    );
    assert.match(text, /{"name":"v2","value":30}\]\s+v2\s+2031-05-06T07:08:09Z\s+10m/);
    assert.match(text, /iter8.tools\/stage=Running\n$/);
  });

  commands('leaves validation to the server', async () => {
    const create = ['create', '--validate=strict', '-f', '-'];
    await stdout(create, JSON.stringify({ ...applied, unknown: 1 }));
    assert.is(written().query.get('fieldValidation'), 'Strict');
  });

  commands('tries on the server', async () => {
    await stdout(['create', '--dry-run=server', '-f', '-'], JSON.stringify(applied));
    assert.is(written().query.get('dryRun'), 'All');
  });

  commands('applies a change of a custom kind as a merge patch', async () => {
    const changed = { ...applied, spec: { ...applied.spec, target: 'other' } };
    const apply = ['apply', '--validate=strict', '--dry-run=server', '-f', '-'];
    await stdout(apply, JSON.stringify(changed));
    const { method, headers, query, text } = written();
    assert.is(method, 'PATCH');
    assert.is(headers['content-type'], 'application/merge-patch+json');
    assert.equal([query.get('fieldValidation'), query.get('dryRun')], ['Strict', 'All']);
    assert.equal((JSON.parse(text) as { spec: object }).spec, { target: 'other' });
  });

  commands.run();
}
