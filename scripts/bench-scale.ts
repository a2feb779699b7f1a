// Whether what an experiment costs stays the same with many of them, and what a tick costs where
// nothing is due:
//   node scripts/bench-scale.ts [--sizes 100,1000,3000] [--minutes 3]
//                               [--interval-seconds 60] [--sweep 10000] [--json FILE]
// --sweep 0 leaves out the tick, --sizes 0 the rest. The functions are real processes, bundled as
// for deployment; the API server is a real one where it is at hand; metrics are answered at once.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleFunctions } from './scale/cluster.ts';
import { measureSize, type Figures } from './scale/measure.ts';
import { formatFigures, formatSweep, kibibytesPerExperiment } from './scale/report.ts';
import { measureSweep, type SweepFigures } from './scale/sweep.ts';
import { makeTemplate } from './scale/template.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100,1000,3000' },
    minutes: { type: 'string', default: '3' },
    'interval-seconds': { type: 'string', default: '60' },
    sweep: { type: 'string', default: '10000' },
    json: { type: 'string' },
  },
});
const extent = {
  minutes: Number(values.minutes),
  intervalSeconds: Number(values['interval-seconds']),
};
const sizes = values.sizes.split(',').map(Number).filter(Boolean);

await bundleFunctions();
const template = await makeTemplate();
const figures: Figures[] = [];
for (const size of sizes) {
  console.log(`${size} experiments: a minute to warm up, ${values.minutes} to measure`);
  figures.push(await measureSize(template, { size, ...extent }));
  console.log(formatFigures(figures));
}
const slope = kibibytesPerExperiment(figures);
if (slope !== undefined) console.log(`memory of the functions: ${slope.toFixed(1)} KiB each`);
const sweep = Number(values.sweep) > 0 ? await sweepOver(Number(values.sweep)) : undefined;
if (values.json) {
  const result = { node: process.version, figures, kibibytesPerExperiment: slope, sweep };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}

async function sweepOver(size: number): Promise<SweepFigures> {
  console.log(`${size} experiments that are not due: creating them`);
  const measured = await measureSweep(template, size);
  console.log(formatSweep(measured));
  return measured;
}
