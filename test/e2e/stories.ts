// Stories run side by side from the start; each is a test that waits for its own end.
import { suite, type Test } from 'uvu';
import { startCluster, type Cluster, type Options } from './cluster.ts';
import { apply, metricObjects } from './scenario.ts';

/** Something that happens on a cluster, with assertions in it. */
export type Story = (cluster: Cluster) => Promise<void>;

/**
 * A suite of stories on one cluster, which is started for them and stopped after them. The caller
 * runs the suite.
 */
export async function storiesOn(
  title: string,
  stories: Record<string, Story>,
  options: Options = {},
): Promise<Test> {
  const tests = suite(title);
  const cluster = await startCluster(options);
  const running = new Map<string, Promise<void>>();
  tests.before(async () => {
    await apply(cluster, metricObjects(cluster.prometheus.url));
    for (const [name, story] of Object.entries(stories)) {
      const run = story(cluster);
      run.catch(() => undefined);
      running.set(name, run);
    }
  });
  tests.after(async () => {
    await Promise.allSettled(running.values());
    await cluster.stop();
  });
  for (const name of Object.keys(stories)) {
    tests(name, () => running.get(name));
  }
  return tests;
}
