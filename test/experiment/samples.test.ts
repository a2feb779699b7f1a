import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { accept } from '../../functions/lib/experiment/accept.ts';
import type {
  Duration,
  Experiment,
  ExperimentSpec,
} from '../../functions/lib/types/experiment.gen.ts';
import { at, conditionOf, deepFreeze, experimentOf, settings, strategyOf } from '../fixtures.ts';
import { reference } from '../shared.ts';

/** As it was written, before the API server fills in what has a default. */
type Sample = {
  kind: string;
  metadata: { name: string };
  spec: Omit<ExperimentSpec, 'strategy' | 'duration'> & {
    strategy: Parameters<typeof strategyOf>[0];
    duration?: Partial<Duration>;
  };
};

const samples = suite('experiments written for iter8');
const folder = reference('iter8-samples');

/** A sample as the API server would hand it over, with the defaults of the schema. */
function asStored({ metadata, spec }: Sample): Experiment {
  return experimentOf({
    metadata,
    spec: {
      // Without versions they are discovered: experimentOf must not make some up.
      versionInfo: undefined,
      criteria: undefined,
      ...spec,
      strategy: strategyOf(spec.strategy),
      duration: { intervalSeconds: 20, iterationsPerLoop: 15, maxLoops: 1, ...spec.duration },
    },
  });
}

let experiments = 0;
for (const file of folder ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : []) {
  const sample = parse(readFileSync(join(folder!, file), 'utf8')) as Sample;
  if (sample.kind !== 'Experiment') continue;
  experiments += 1;
  samples(`${file} is taken on, or refused with the reason`, () => {
    const plan = accept(deepFreeze(asStored(sample)), settings, at(3));
    const { stage, message } = plan.status;
    if (stage === 'Waiting') {
      assert.ok(plan.status.target!.lock!.length > 0);
      return;
    }
    assert.is(stage, 'Completed');
    assert.is(conditionOf(plan, 'Failed')?.status, 'True');
    assert.match(message!, /^InvalidExperiment: spec\.[\w.]+.*: .{20}/);
  });
}

if (folder) {
  samples('are many', () => {
    assert.ok(experiments >= 60, `${experiments}`);
  });
}

samples.run();
