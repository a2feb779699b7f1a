import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kubectl } from '../../sandbox/kubectl.ts';
import { isForeignCluster, startTestApi } from '../kubernetes-api.ts';
import { isInPath, reference } from '../shared.ts';
import { until } from './requests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PACKS = ['knative-1.18', 'knative-1.19', 'knative-1.19-scrape'];
const install = suite('kubectl apply -k eventing');

const definitions = ['broker', 'trigger', 'pingsource', 'apiserversource', 'sinkbindings']
  .map((name) => reference(`crds/knative-eventing-${name}.yaml`))
  .filter((file) => file !== undefined);
// On a cluster of somebody's, nothing is installed.
const isApart = !isForeignCluster && definitions.length > 0;
const server = isApart && isInPath('kubectl') ? await startTestApi() : undefined;

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(server!.kubeconfig, args);
  assert.is(code, 0, stderr);
  assert.not.match(stderr, 'Warning');
  return stdout;
}

/** Whether somebody may do something in namespace team, or in the product's for a service account. */
async function can(who: string, verb: string, what: string, ...more: string[]): Promise<boolean> {
  const question = ['auth', 'can-i', verb, what, '--as', who, ...more];
  return (await kubectl(server!.kubeconfig, question)).stdout.trim() === 'yes';
}

install.before(async () => {
  if (!server) return;
  await run('apply', '--server-side', ...definitions.flatMap((file) => ['-f', file]));
  await run('wait', '--for=condition=Established', 'crd', '--all');
  await run('apply', '--validate=strict', '-k', join(ROOT, 'eventing'));
  await run('create', 'namespace', 'team');
  for (const role of ['view', 'edit', 'admin']) {
    await run('create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}er`, '-nteam');
  }
  await until(() => can('viewer', 'get', 'experiments.iter8.tools', '-nteam'));
  await until(() => can('editer', 'create', 'experiments.iter8.tools', '-nteam'));
  await until(() => can('adminer', 'create', 'experiments.iter8.tools', '-nteam'));
});

install.after(async () => {
  await server?.stop();
});

if (server) {
  install('a second time changes nothing, the aggregated rights included', async () => {
    const rules = ['get', 'clusterrole', 'iter8-weight-objects', '-ojsonpath={.rules}'];
    await until(async () => (await run(...rules)).includes('virtualservices'));
    const before = await run(...rules);
    const answers = await run('apply', '--validate=strict', '-k', join(ROOT, 'eventing'));
    const changes = answers.split('\n').filter((line) => line && !line.endsWith('unchanged'));
    assert.equal(changes, []);
    assert.is(await run(...rules), before);
  });

  for (const pack of PACKS) {
    install(`lets the metrics of ${pack} be applied`, async () => {
      const answers = await run(
        'apply',
        '--validate=strict',
        '-k',
        join(ROOT, 'samples/metrics', pack),
      );
      assert.is(answers.trim().split('\n').length, 5);
    });
  }

  install('gives people rights by the roles they have already, but none to a status', async () => {
    for (const what of ['experiments.iter8.tools', 'metrics.iter8.tools']) {
      assert.ok(await can('viewer', 'list', what, '-nteam'), `view: list ${what}`);
      assert.not(await can('viewer', 'create', what, '-nteam'), `view: create ${what}`);
      assert.ok(await can('editer', 'delete', what, '-nteam'), `edit: delete ${what}`);
    }
    for (const who of ['editer', 'adminer']) {
      const status = ['experiments.iter8.tools', '--subresource=status', '-nteam'] as const;
      assert.not(await can(who, 'update', ...status), who);
      assert.not(await can(who, 'patch', ...status), who);
    }
  });

  install('lets iterate alone read the one Secret for everybody in the own namespace', async () => {
    const account = (name: string): string => `system:serviceaccount:iter8-system:${name}`;
    const own = '-niter8-system';
    assert.ok(await can(account('iter8-iterate'), 'get', 'secret/iter8-metrics', own));
    assert.not(await can(account('iter8-iterate'), 'get', 'secret/another', own));
    assert.not(await can(account('iter8-iterate'), 'get', 'secret/iter8-metrics', '-nteam'));
    assert.not(await can(account('iter8-start'), 'get', 'secret/iter8-metrics', own));
    assert.not(await can(account('iter8-finish'), 'get', 'secret/iter8-metrics', own));
  });

  install('lets the admin of a namespace grant its Secrets', async () => {
    const binding = ['iter8-read-secrets', '--clusterrole=iter8-read-secrets'];
    const to = '--serviceaccount=iter8-system:iter8-iterate';
    await run('create', 'rolebinding', ...binding, to, '-nteam', '--as=adminer');
  });
}

install.run();
