// Bundles the functions, applies what they need and deploys them. Arguments go to each `func deploy`:
//   npm run deploy -- --registry quay.io/me
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { FUNCTIONS } from './bundle.ts';

const root = join(import.meta.dirname, '..');

const func = firstThatWorks(['kn', 'func'], ['func']);
if (!func) {
  fail('neither `kn func` nor `func` works; see https://knative.dev/docs/functions/install-func/');
}
if (!works('kubectl', ['version', '--client'])) fail('kubectl is missing');

run(process.execPath, [join(root, 'scripts', 'bundle.ts')]);
run('kubectl', ['apply', '-k', join(root, 'eventing')]);
for (const name of FUNCTIONS) {
  const [command, ...args] = func;
  const path = join(root, 'functions', name);
  run(command, [...args, 'deploy', '--path', path, ...process.argv.slice(2)]);
}

function firstThatWorks(...commands: [string, ...string[]][]): [string, ...string[]] | undefined {
  return commands.find(([command, ...args]) => works(command, [...args, 'version']));
}

function works(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function run(command: string, args: string[]): void {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(`${command} failed; nothing after it was done`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
