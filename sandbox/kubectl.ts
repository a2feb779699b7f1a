import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

/** What a kubectl command answered. */
export interface KubectlResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs kubectl with a kubeconfig, feeding it stdin; a failure is an answer, not an exception. */
export function kubectl(kubeconfig: string, args: string[], stdin = ''): Promise<KubectlResult> {
  // Ports are used again, so what kubectl remembers of a server must not outlive that server.
  const cacheDir = join(dirname(kubeconfig), 'cache');
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn('kubectl', ['--cache-dir', cacheDir, ...args], { env });
  const result = { code: -1, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  child.stdin.on('error', () => undefined); // kubectl may end before it has read everything
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ ...result, code: code ?? -1 });
    });
  });
}
