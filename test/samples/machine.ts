// A machine on which a script finds only some programs, each of which writes down how it is called,
// and a kubectl that plays a cluster as far as install-everything.sh looks at it.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a script ended. */
export type Ending = { status: number | null; stdout: string; stderr: string };

/** What can be different from a new Minikube. */
export type Circumstances = {
  /** Calls of kubectl with this in them fail. */
  failing?: string;
  kubernetesMinor?: number;
  hasIstio?: boolean;
  /** What the user types. */
  input?: string;
};

export type Machine = {
  folder: string;
  run: (args: readonly string[], circumstances?: Circumstances) => Ending;
  /** The calls of programs since this was asked last. */
  calls: () => string[];
  /** A namespace of the cluster, with the version that it is marked with, or without. */
  addNamespace: (name: string, version: string) => void;
  /** The process id of the last port-forward. */
  forwardPid: () => number;
};

/** Programs of the system that the script needs and that change nothing outside of its folder. */
const SYSTEM = 'bash awk cat cksum cut dirname env find mktemp rm sed sort'.split(' ');

/** All programs that the script asks for. */
export const PROGRAMS = ['kubectl', 'curl', 'node', 'npm', 'minikube', 'docker', 'kn'];

const RECORD = '#!/bin/bash\necho "${0##*/} $*" >> "$MACHINE/calls"\n';

/** Programs that do more than to write down that they were called. */
const PLAYED: Record<string, string> = {
  kubectl: `
if [[ -n $FAILING && "$*" == *"$FAILING"* ]]; then echo refused >&2; exit 1; fi
case "$*" in
  'config current-context') echo minikube ;;
  'config view '*) echo https://cluster.example ;;
  'get --raw /version') printf '{\\n  "minor": "%s"\\n}' "$MINOR" ;;
  'get crd '*) [[ -z $ISTIO ]] || echo crd/virtualservices.networking.istio.io ;;
  'get namespace '*)
    if [[ -e $MACHINE/cluster/$3 ]]; then echo "$3=$(< "$MACHINE/cluster/$3")"; fi ;;
  'create namespace '*) : > "$MACHINE/cluster/$3" ;;
  'annotate namespace '*) echo "\${4#*=}" > "$MACHINE/cluster/$3" ;;
  *' -f -') cat > /dev/null ;;
  'port-forward '*) echo $$ > "$MACHINE/forward"; exec "$SLEEP" 60 ;;
esac`,
};

/** A machine with these programs and a cluster without anything on it. */
export function createMachine(programs: readonly string[] = PROGRAMS): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'iter8-machine-'));
  const bin = join(folder, 'bin');
  for (const each of [bin, join(folder, 'cluster')]) mkdirSync(each);
  for (const name of SYSTEM) symlinkSync(which(name), join(bin, name));
  for (const name of [...programs, 'sleep']) {
    writeFileSync(join(bin, name), `${RECORD}${PLAYED[name] ?? ''}\nexit 0\n`, { mode: 0o755 });
  }
  const log = join(folder, 'calls');
  return {
    folder,
    run: (args, circumstances = {}) => start(folder, args, circumstances),
    calls: () => {
      const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
      writeFileSync(log, '');
      return text.split('\n').filter(Boolean);
    },
    addNamespace: (name, version) => {
      writeFileSync(join(folder, 'cluster', name), version);
    },
    forwardPid: () => Number(readFileSync(join(folder, 'forward'), 'utf8')),
  };
}

function which(program: string): string {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  if (found.status !== 0) throw new Error(`${program} is missing`);
  return found.stdout.trim();
}

function start(folder: string, args: readonly string[], circumstances: Circumstances): Ending {
  const { failing = '', kubernetesMinor = 34, hasIstio = false, input = '' } = circumstances;
  return spawnSync(which('bash'), [...args], {
    encoding: 'utf8',
    input,
    timeout: 30_000,
    env: {
      PATH: join(folder, 'bin'),
      TMPDIR: folder,
      MACHINE: folder,
      SLEEP: which('sleep'),
      FAILING: failing,
      MINOR: String(kubernetesMinor),
      ISTIO: hasIstio ? 'yes' : '',
    },
  });
}
