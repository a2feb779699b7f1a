// Makes a picture of a run that `npm start -- --record FILE` has recorded:
//   node scripts/record.ts FILE [--still] [--output docs/images/quickstart.svg] [--title TEXT]
// --still: the last screen alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { readFrames } from '../sandbox/view/frames.ts';
import { drawPicture } from '../sandbox/view/picture.ts';

const MOST_BYTES = 300_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    still: { type: 'boolean', default: false },
    output: { type: 'string', default: 'docs/images/quickstart.svg' },
    title: { type: 'string', default: 'npm start' },
  },
});
const [recording] = positionals;
if (recording === undefined) throw new Error('which recording? node scripts/record.ts FILE');

const { still: isStill, output, title } = values;
const frames = readFrames(readFileSync(recording, 'utf8'));
const svg = drawPicture(frames, { title, isStill, mostBytes: MOST_BYTES });
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, svg);
console.log(
  `${output}: ${Math.round(Buffer.byteLength(svg) / 1000)} kB from ${frames.length} frames`,
);
