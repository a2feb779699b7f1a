import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads lines until there will be no more, which is when this process has ended, however it did:
 * then it kills the processes and removes the folders that it was told of.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
folders=
while read -r verb what; do
  case $verb in
    kill) pids="$pids$what " ;;
    forget) case $pids in *" $what "*) pids="\${pids%% "$what" *} \${pids#* "$what" }" ;; esac ;;
    remove) folders="$folders$what
" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
printf %s "$folders" | while read -r folder; do rm -rf -- "$folder"; done
`;

let reaper: ChildProcess | undefined;

/** Has a process killed when this one has ended, unless it is forgotten before. */
export function killAfterwards(pid: number): { forget: () => void } {
  tell(`kill ${pid}`);
  return {
    forget: () => {
      tell(`forget ${pid}`);
    },
  };
}

/** Has a folder removed when this process has ended; one that is gone by then does no harm. */
export function removeAfterwards(folder: string): void {
  tell(`remove ${folder}`);
}

function tell(line: string): void {
  reaper ??= startReaper();
  reaper.stdin!.write(`${line}\n`);
}

/** In a session of its own, so that what ends this process does not end it too. */
function startReaper(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref: () => void }).unref();
  return child;
}
