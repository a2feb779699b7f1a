// The numbers that docs/decisions-explained.md promises are those that the code computes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  klBernoulli,
  logEvidence,
  rampRequests,
  requestsToProve,
} from '../../functions/lib/analysis/eProcess.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/decisions-explained.md'), 'utf8');
const ALPHA = 0.05;

const explained = suite('docs/decisions-explained.md');

explained('has a table of the requests that proofs take, as the code has them', () => {
  const rows = [...page.matchAll(/^\| (\d) % +\|(.*)\|$/gm)];
  assert.is(rows.length, 3);
  for (const [, percent, cells] of rows) {
    const limit = Number(percent) / 100;
    const written = cells!.split('|').map((cell) => Number(cell.replace(',', '')));
    const computed = [0, 0.5, 0.8].flatMap((share) =>
      [ALPHA, ALPHA / 2].map((alpha) => requestsToProve(share * limit, limit, alpha)),
    );
    assert.equal(written, computed);
  }
});

explained('tells how soon Early promotes a version without errors', () => {
  const [, told] = /promoted after (\d+) requests/.exec(page)!;
  const isProved = (requests: number): boolean =>
    logEvidence(0, requests, 0.02).below >= -Math.log(ALPHA / 2);
  assert.ok(isProved(Number(told)) && !isProved(Number(told) - 1));
});

explained('tells how many requests a candidate gets at first', () => {
  assert.match(page, 'with a limit of 2 %, about 110 requests if 6 % fail');
  assert.is(rampRequests(0.02, ALPHA), 112);
  assert.is(Math.round(-Math.log(ALPHA) / klBernoulli(0.06, 0.02)), 112);
});

explained.run();
