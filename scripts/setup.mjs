// Everything the project needs on a fresh machine with Node 20 or newer: its dependencies (the Node
// it runs on among them) and Prometheus. Plain JavaScript, because nothing is installed before it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'node_modules', '.setup');

installDependencies();
installPrometheus();

function installDependencies() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

function installPrometheus() {
  if (works('prometheus', ['--version'])) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', 'prometheus'];
  const before = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const mayInstall = works('apt-get', ['--version']) && works(...split([...before, 'true']));
  if (!mayInstall) {
    console.error(
      'Prometheus is missing and cannot be installed from here. Put the program `prometheus` into the PATH, on Debian and Ubuntu by: sudo apt-get install prometheus',
    );
    process.exit(1);
  }
  // RUNLEVEL=1: the package's own service is not wanted, only its program.
  run(...split([...before, 'env', 'RUNLEVEL=1', 'apt-get', 'update', '--quiet']));
  run(...split([...before, 'env', 'RUNLEVEL=1', ...install]));
}

function split([command, ...args]) {
  return [command, args];
}

function works(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function run(command, args) {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${command} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}
