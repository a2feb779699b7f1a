import * as assert from 'uvu/assert';
import type { Cluster, Options } from './cluster.ts';
import { completed, condition, startScenario, trafficAt } from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';

const stories: Record<string, Story> = {
  'a good candidate is promoted, by exactly one write': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-good');
    const end = await completed(scenario);
    assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
    assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 100);
    assert.is(writesOf(cluster, 'e2e-good', 100), 1);
  },
  'a faulty candidate is rolled back': async (cluster) => {
    const setup = {
      candidate: 'faulty?errors=0.5',
      objectives: [{ metric: 'error-rate', upperLimit: '0.05', rollback_on_failure: true }],
    };
    const scenario = await startScenario(cluster, 'e2e-faulty', setup);
    const end = await completed(scenario);
    assert.is(condition(end, 'RolledBack'), 'True', JSON.stringify(end.status));
    assert.is(trafficAt(await scenario.service(), 'iris-predictor-00001'), 100);
    assert.is(writesOf(cluster, 'e2e-faulty', 100), 0);
  },
};

/** How often the functions wrote this weight for the candidate, by their own log. */
function writesOf({ functions }: Cluster, namespace: string, percent: number): number {
  return (['start', 'iterate', 'finish'] as const)
    .flatMap((name) => functions.logs(name))
    .filter((line) => line.startsWith('{') && line.includes('"weights set"'))
    .map((line) => JSON.parse(line) as { experiment: string; weights: { canary: number } })
    .filter(({ experiment }) => experiment === `${namespace}/experiment`)
    .filter(({ weights }) => weights.canary === percent).length;
}

const FAULTS: Record<string, Options> = {
  'with every event of the sources lost': { sourceFaults: { lose: true } },
  'with every event delivered three times, late, out of order and at the same time': {
    sourceFaults: { copies: 3, maxDelayMs: 1500, concurrent: true },
    brokerFaults: { copies: 3, maxDelayMs: 1500, concurrent: true },
  },
};

for (const [title, options] of Object.entries(FAULTS)) {
  const disorder = await storiesOn(title, stories, options);
  disorder.run();
}
