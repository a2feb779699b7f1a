import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generate } from '../../scripts/generate-types.ts';

const root = join(import.meta.dirname, '../..');
const types = suite('generated types');

types('equal what the CRDs say now (else: npm run generate)', async () => {
  const files = await generate();
  assert.is(Object.keys(files).length, 2);
  for (const [path, text] of Object.entries(files)) {
    assert.is(readFileSync(join(root, path), 'utf8'), text, path);
  }
});

types('have an index signature only where unknown fields are preserved', async () => {
  const text = Object.values(await generate()).join('');
  const untyped = [...text.matchAll(/\[k: string\]: unknown/g)];
  assert.is(untyped.length, 3, 'with, metricObj and aggregatedBuiltinHists.data');
});

types.run();
