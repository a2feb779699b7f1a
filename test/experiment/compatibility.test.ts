import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { MetricSample } from '../metrics/compatibility.ts';
import { MENDED_METRICS } from '../metrics/mended.ts';
import { reference } from '../shared.ts';
import type { Sample } from './compatibility.ts';
import { compatibilityPage } from './compatibility-page.ts';
import { MENDED } from './mended.ts';

const PAGE = join(import.meta.dirname, '../../docs/compatibility.md');
const RENEW = "run UPDATE_DOCS=1 npx uvu test '^experiment/compatibility'";

const page = suite('docs/compatibility.md');
const folder = reference('iter8-samples');

if (folder) {
  page('says what happens today', async () => {
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const samples = texts.map((text) => parse(text) as Sample | MetricSample);
    const experiments = samples.filter((sample) => sample.kind === 'Experiment');
    const metrics = samples.filter((sample) => sample.kind === 'Metric');
    assert.ok(experiments.length >= 60 && metrics.length >= 40);
    const text = await compatibilityPage(experiments, metrics);
    if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, text);
    assert.is(readFileSync(PAGE, 'utf8'), text, RENEW);
  });
}

const mended = suite('a behaviour of iter8 that was mended');

for (const { iter8, here, isSo } of [...MENDED, ...MENDED_METRICS]) {
  mended(`${iter8} ${here}`, async () => {
    assert.ok(await isSo());
  });
}

for (const each of [page, mended]) each.run();
