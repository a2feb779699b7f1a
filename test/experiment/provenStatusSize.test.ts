import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tallies, Tally } from '../../functions/lib/experiment/observations.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Experiment, Objective } from '../../functions/lib/types/experiment.gen.ts';
import { following } from '../fixtures.ts';
import { histogram, lookAt, proving, rate, recordedPlan, tallied, type Proving } from './proven.ts';

const KIB = 1024;
const EDGES = Array.from({ length: 13 }, (_, index) => 2.5 * 2 ** index);
const REWARDS = [{ metric: 'conversion', preferredDirection: 'High' as const }];

const [, mostState] = /state:\s+type: string\s+maxLength: (\d+)/.exec(
  readFileSync(join(import.meta.dirname, '../../eventing/crd/experiment.yaml'), 'utf8'),
)!;

/** As many versions and objectives, every other one a quantile with two limits. */
function sized(versions: number, objectives: number): Proving & { versions: string[] } {
  const names = Array.from({ length: versions }, (_, index) => `version-${index}`);
  const limits = Array.from({ length: objectives }, (_, index): Objective =>
    index % 2 === 0
      ? { metric: 'latency', lowerLimit: `0.0${index + 1}`, upperLimit: 640 }
      : { metric: `errors-of-kind-${index}`, upperLimit: '0.02' },
  );
  return { versions: names, objectives: limits, rewards: REWARDS, iterations: 100 };
}

/** A million good requests for every version. */
function millions({ versions, objectives = [] }: ReturnType<typeof sized>, run: number): Tallies {
  const random = randomFrom(`millions ${run}`);
  const upTo = (most: number): number => Math.floor(most * random());
  const by = (tally: () => Tally): Record<string, Tally> =>
    Object.fromEntries(versions.map((name) => [name, tally()]));
  const metrics = [...new Set(objectives.map(({ metric }) => metric)), 'conversion'];
  const tallies = metrics.map((name) => [
    name,
    by(() =>
      name === 'latency'
        ? histogram(
            [...EDGES, 0].map((_, index) => upTo(index < 9 ? 2e5 : 2e3)),
            EDGES,
          )
        : rate(upTo(9e3), 1e6 + upTo(1e5)),
    ),
  ]);
  return tallied(Object.fromEntries(tallies) as Record<string, Record<string, Tally>>);
}

function afterLooks(given: ReturnType<typeof sized>): Experiment {
  let experiment = proving(given);
  for (let run = 0; run < 4; run++) {
    experiment = following(experiment, lookAt(experiment, { tallies: millions(given, run) }));
  }
  assert.is(experiment.status!.stage, 'Running', experiment.status!.message);
  return experiment;
}

const size = suite('the size of a status by proof');

for (const [versions, objectives] of [
  [2, 1],
  [5, 5],
  [2, 30],
  [17, 2],
  [8, 5],
] as const) {
  size(`is small enough for ${versions} versions and ${objectives} objectives`, () => {
    const { status } = afterLooks(sized(versions, objectives));
    const state = status!.analysis!.state!.length;
    const bytes = JSON.stringify(status).length;
    assert.ok(bytes < 128 * KIB, `${bytes} bytes`);
    assert.ok(state <= Number(mostState), `${state} of ${mostState} bytes of state`);
  });
}

size('is never larger than the API server takes: what would be is refused at the start', () => {
  const refused = [2, 5, 8, 12, 17].map((versions) => {
    const objectives = [32, 24, 16, 12, 8, 4, 2].find((count) => isAccepted(versions, count))!;
    const { status } = afterLooks(sized(versions, objectives));
    const state = status!.analysis!.state!.length;
    const bytes = JSON.stringify(status).length;
    assert.ok(bytes < 128 * KIB, `${versions} × ${objectives}: ${bytes} bytes`);
    assert.ok(state <= Number(mostState), `${versions} × ${objectives}: ${state} bytes of state`);
    return !isAccepted(versions, 32);
  });
  assert.is(refused.at(-1), true, '17 versions with 32 objectives are too much');
});

function isAccepted(versions: number, objectives: number): boolean {
  return recordedPlan(sized(versions, objectives)).status.stage !== 'Completed';
}

size.run();
