import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { accept } from '../../functions/lib/experiment/accept.ts';
import { at, conditionOf, deepFreeze, settings } from '../fixtures.ts';
import { reference } from '../shared.ts';
import { asStored, type Sample } from './compatibility.ts';

const samples = suite('experiments written for iter8');
const folder = reference('iter8-samples');

let experiments = 0;
for (const file of folder ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : []) {
  const sample = parse(readFileSync(join(folder!, file), 'utf8')) as Sample | { kind: 'Metric' };
  if (sample.kind !== 'Experiment') continue;
  experiments += 1;
  samples(`${file} is taken on, or refused with the reason`, () => {
    const plan = accept(deepFreeze(asStored(sample)), { settings, now: at(3) });
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
