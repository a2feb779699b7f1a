import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { bundle, FUNCTIONS } from '../../scripts/bundle.ts';
import { completed, condition, startScenario } from './scenario.ts';
import { storiesOn } from './stories.ts';

for (const name of FUNCTIONS) {
  await bundle(name, join(import.meta.dirname, '../../functions', name, 'index.mjs'));
}

const bundled = await storiesOn(
  'the functions as they are deployed',
  {
    'promote a good candidate, each from its bundled file and those beside it': async (cluster) => {
      // What reads freeze windows is in a file of its own.
      const window = {
        rule: 'FREQ=DAILY;COUNT=1',
        start: '2026-01-01T00:00:00',
        durationSeconds: 1,
      };
      const strategy = { testingPattern: 'Canary', freeze: { windows: [window] } };
      const scenario = await startScenario(cluster, 'e2e-bundled', { spec: { strategy } });
      const end = await completed(scenario);
      assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
      assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 100);
    },
  },
  { isBundled: true },
);
bundled.run();
