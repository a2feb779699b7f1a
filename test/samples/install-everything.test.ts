import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isInPath } from '../shared.ts';
import { createMachine, PROGRAMS, type Machine } from './machine.ts';

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'samples/quickstart/install-everything.sh');
const text = readFileSync(SCRIPT, 'utf8');
const readme = readFileSync(join(ROOT, 'samples/quickstart/README.md'), 'utf8');
const pins = [...text.matchAll(/^readonly (\w+_VERSION)=(\S+)/gm)].map(([, name, version]) => ({
  name: name!,
  version: version!,
}));
const COMPONENTS = [
  'cert-manager',
  'knative-serving',
  'kourier-system',
  'knative-eventing',
  'kserve',
];
/** Calls that make something new. What is left out is declared state, which says the same each time. */
const MAKING = /^(npm|minikube|kubectl (create|annotate|port-forward|.*https:))|^curl/;

const script = suite('install-everything.sh');
const machines: Machine[] = [];

function newMachine(programs?: readonly string[]): Machine {
  const machine = createMachine(programs);
  machines.push(machine);
  return machine;
}

script.after(() => {
  for (const { folder } of machines) rmSync(folder, { recursive: true, force: true });
});

script('is a script that bash can read', () => {
  assert.is(spawnSync('bash', ['-n', SCRIPT]).status, 0);
});

if (isInPath('shellcheck')) {
  script('is clean by shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', [SCRIPT], { encoding: 'utf8' });
    assert.is(status, 0, stdout);
  });
}

script('has short functions', () => {
  const functions = [...text.matchAll(/^(\w+)\(\) \{.*\n((?:.+\n|\n)*?)\}$/gm)];
  assert.ok(functions.length > 20);
  const long = functions.filter(
    ([, name, body]) => name !== 'usage' && body!.split('\n').length > 25,
  );
  assert.equal(
    long.map(([, name]) => name),
    [],
  );
});

script('tells with --help what it installs, and starts nothing', () => {
  const machine = newMachine();
  const { status, stdout } = machine.run([SCRIPT, '--help']);
  assert.is(status, 0);
  for (const option of ['--context', '--yes', '--registry', '--dry-run']) {
    assert.ok(stdout.includes(option), option);
  }
  assert.equal(machine.calls(), []);
});

script('prints every command and every version with --dry-run, and changes nothing', () => {
  const machine = newMachine();
  const { status, stdout, stderr } = machine.run([SCRIPT, '--dry-run'], {
    failing: 'current-context',
  });
  assert.is(status, 0, stderr);
  assert.is(pins.length, 7);
  for (const { name, version } of pins) assert.ok(stdout.includes(version), name);
  for (const what of ['kubectl apply -k samples/metrics/', 'npm run deploy -- --registry']) {
    assert.ok(stdout.includes(`> ${what}`), what);
  }
  assert.equal(machine.calls(), ['kn func version', 'kubectl config current-context']);
});

script('names the programs that are missing, and where they come from', () => {
  const machine = newMachine(PROGRAMS.filter((name) => !['kn', 'minikube'].includes(name)));
  const { status, stderr } = machine.run([SCRIPT, '--yes']);
  assert.is(status, 1);
  assert.match(stderr, /missing:\n {2}minikube: https:\/\/\S+\n {2}kn with func: https:\/\/\S+\n$/);
});

script(
  'needs no Minikube where another registry is given, and podman does as well as Docker',
  () => {
    const machine = newMachine(['kubectl', 'curl', 'node', 'npm', 'podman', 'func']);
    const args = [SCRIPT, '--dry-run', '--registry', 'quay.io/me'];
    const { status, stdout } = machine.run(args);
    assert.is(status, 0);
    assert.match(stdout, 'npm run deploy -- --registry quay.io/me\n');
    assert.not.match(stdout, 'localhost:5000');
  },
);

for (const [args, message] of [
  [['--contxt', 'x'], 'unknown option --contxt'],
  [['--registry'], '--registry needs a name'],
] as const) {
  script(`refuses ${args.join(' ')}`, () => {
    const { status, stderr } = newMachine().run([SCRIPT, ...args]);
    assert.is(status, 1);
    assert.match(stderr, message);
  });
}

script('asks before it changes the current context, and takes silence for no', () => {
  for (const input of ['n\n', '']) {
    const machine = newMachine();
    const { status, stdout, stderr } = machine.run([SCRIPT], { input });
    assert.is(status, 1);
    assert.match(stdout, /context is minikube[^]*https:\/\/cluster\.example/);
    assert.match(stderr, 'nothing was changed');
    assert.equal(machine.calls().filter(isMaking), []);
  }
});

script('goes on after a yes', () => {
  const machine = newMachine();
  assert.is(machine.run([SCRIPT], { input: 'y\n' }).status, 0);
  assert.ok(machine.calls().some(isMaking));
});

script('changes only the context that it is given, without a question', () => {
  const machine = newMachine();
  assert.is(machine.run([SCRIPT, '--context', 'other']).status, 0);
  const calls = machine.calls();
  assert.ok(calls.includes('kubectl config view --minify --flatten --context other'));
  assert.ok(calls.includes('minikube addons enable registry --profile other'));
  assert.equal(leftovers(machine), [], 'its kubeconfig is gone');
});

script('installs the parts in their order, and this product last', () => {
  const machine = newMachine();
  const { status, stderr } = machine.run([SCRIPT, '--yes']);
  assert.is(status, 0, stderr);
  const calls = machine.calls();
  const made = calls.flatMap((call) => /^kubectl create namespace (\S+)/.exec(call)?.[1] ?? []);
  assert.equal(made, COMPONENTS);
  const last = ['kserve-crds.yaml', 'npm ci', 'npm run deploy', 'apply -k samples/metrics/'];
  const places = last.map((what) => calls.findIndex((call) => call.includes(what)));
  assert.equal(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(!places.includes(-1));
});

script('ends the connection to Minikube that it opened', () => {
  const machine = newMachine();
  assert.is(machine.run([SCRIPT, '--yes']).status, 0);
  const pid = machine.forwardPid();
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

script('makes nothing anew the second time', () => {
  const machine = newMachine();
  assert.is(machine.run([SCRIPT, '--yes']).status, 0);
  machine.calls();
  assert.is(machine.run([SCRIPT, '--yes']).status, 0);
  assert.equal(machine.calls().filter(isMaking), []);
});

script('goes on where it was interrupted', () => {
  const machine = newMachine();
  const { status, stdout, stderr } = machine.run([SCRIPT, '--yes'], {
    failing: '-n knative-eventing deployment',
  });
  assert.is(status, 1);
  assert.match(
    stdout,
    'Waiting at most 600s until Available: -n knative-eventing deployment --all',
  );
  assert.match(stderr, 'not Available after 600s: -n knative-eventing deployment --all');
  machine.calls();
  assert.is(machine.run([SCRIPT, '--yes']).status, 0);
  const calls = machine.calls();
  assert.not.ok(calls.some((call) => call.includes('serving-core.yaml')));
  assert.ok(calls.some((call) => call.includes('eventing-core.yaml')));
  assert.not.ok(calls.some((call) => call.includes('create namespace knative-eventing')));
});

script('tries again where a webhook does not answer yet, and gives up in the end', () => {
  const machine = newMachine();
  const { status, stderr } = machine.run([SCRIPT, '--yes'], { failing: 'config-domain' });
  assert.is(status, 1);
  assert.match(stderr, 'gave up');
  const tries = machine.calls().filter((call) => call.includes('patch configmap config-domain'));
  assert.is(tries.length, 5);
});

for (const [what, circumstances, message] of [
  ['too old a Kubernetes', { kubernetesMinor: 32 }, 'Kubernetes 1.32; 1.33 is the least'],
  ['Istio', { hasIstio: true }, 'has Istio'],
  ['no answer', { failing: '/version' }, 'does not answer'],
] as const) {
  script(`leaves a cluster with ${what} alone`, () => {
    const machine = newMachine();
    const { status, stderr } = machine.run([SCRIPT, '--yes'], circumstances);
    assert.is(status, 1);
    assert.match(stderr, message);
    assert.equal(machine.calls().filter(isMaking), []);
  });
}

script('leaves a cluster alone where somebody else installed a part of it', () => {
  const machine = newMachine();
  machine.addNamespace('kserve', '');
  const { status, stderr } = machine.run([SCRIPT, '--yes']);
  assert.is(status, 1);
  assert.match(stderr, 'namespace kserve is there, and not from this script');
  assert.equal(machine.calls().filter(isMaking), []);
});

function isMaking(call: string): boolean {
  return MAKING.test(call);
}

/** What is left in the folder for temporary files. */
function leftovers({ folder }: Machine): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tmp'));
}

const guide = suite('samples/quickstart/README.md');

guide('names files that are there', () => {
  const paths = [...readme.matchAll(/\b(samples\/[\w./-]+\w)/g)].map(([, path]) => path!);
  assert.ok(paths.length > 5);
  assert.equal(
    paths.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

guide('starts the Minikube that the script is made for', () => {
  const line = /^minikube start .*$/m.exec(readme)![0];
  const { version } = pins.find(({ name }) => name === 'KUBERNETES_VERSION')!;
  assert.match(line, version);
  assert.ok(text.includes(line.replace(version, '$KUBERNETES_VERSION')));
});

guide('reads the metrics of the pack that the script applies', () => {
  const pack = /^readonly METRICS_PACK=(\S+)/m.exec(text)![1]!;
  assert.match(readme, `samples/metrics/${pack}`);
});

guide('has ten steps', () => {
  const steps = [...readme.matchAll(/^\*\*(\d+)\. /gm)].map(([, number]) => Number(number));
  assert.equal(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

for (const each of [script, guide]) each.run();
