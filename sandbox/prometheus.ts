import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stoppable } from './http.ts';
import { findFreePort, startProcess, waitUntilServing, type Child } from './process.ts';
import { removeAfterwards } from './reaper.ts';

/** A running Prometheus; `url` is what a Metric's queries are sent to. */
export interface Prometheus extends Stoppable {
  readonly url: string;
  /** Replaces what is scraped. Prometheus itself takes up to 5 s to notice. */
  setTargets(targets: string[]): Promise<void>;
}

const CONFIG = (intervalSeconds: number): string => `
global: { scrape_interval: ${intervalSeconds}s }
scrape_configs:
  - job_name: sandbox
    honor_labels: true
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
`;

/**
 * Starts the real Prometheus found in PATH, with its data in a temporary folder that \`stop\`
 * removes. `targets` are `host:port` with a \`/metrics\`. Throws where Prometheus is missing.
 */
export async function startPrometheus(
  targets: string[],
  scrapeIntervalSeconds = 1,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-prometheus-'));
  removeAfterwards(folder);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(join(folder, 'prometheus.yml'), CONFIG(scrapeIntervalSeconds));
    await writeTargets(folder, targets);
    const port = await findFreePort();
    const child = await launch(folder, port);
    const stop = (): Promise<void> => child.stop().then(remove);
    return {
      url: `http://127.0.0.1:${port}`,
      setTargets: (next) => writeTargets(folder, next),
      stop,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launch(folder: string, port: number): Promise<Child> {
  const child = await startProcess('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const hint = "install it, on Debian with 'apt-get install prometheus'";
    throw new Error(`prometheus is not in PATH: ${hint}`, { cause: error });
  });
  await waitUntilServing(`http://127.0.0.1:${port}/-/ready`, child);
  return child;
}

async function writeTargets(folder: string, targets: string[]): Promise<void> {
  const file = join(folder, 'targets.json');
  await writeFile(`${file}.new`, JSON.stringify([{ targets }]));
  await rename(`${file}.new`, file);
}
