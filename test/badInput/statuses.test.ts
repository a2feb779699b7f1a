// Experiments whose status the functions have not written.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kind } from './kinds.ts';
import { live, type Bad } from './lives.ts';
import { genuineStatuses, knowingLies, lyingStatuses, type Genuine } from './statuses.ts';
import { count, isAll, seed } from './tally.ts';

const statuses = suite('a status of a lying author');

const LIVES = 200;
const WAYS = 3;

let genuine: Genuine;

statuses.before(async () => {
  genuine = await genuineStatuses();
});

/** Different experiments of each kind, each with a name of its own. */
function samples(kinds: readonly Kind[], ways: number): Bad[] {
  return kinds.flatMap((kind, index) => {
    const all = fc.sample(kind.experiments('NAME'), { numRuns: ways, seed });
    const texts = new Set(all.map((object) => JSON.stringify(object)));
    return [...texts].map((text, way) => {
      const own = text.replaceAll('NAME', `lie-${index}-${way}`);
      return { kind: kind.name, object: JSON.parse(own) as Bad['object'], isOlder: true };
    });
  });
}

statuses(
  'ends the experiment with a message, or changes nothing, and stalls no other',
  async () => {
    const kinds = knowingLies(genuine);
    assert.equal((await live(samples(kinds, WAYS))).faults, []);
    count('handled', kinds.length);
  },
);

statuses('does so whatever is wrong with any of its fields', async () => {
  const all = lyingStatuses(genuine);
  const most = isAll ? all.length : LIVES;
  const chosen = fc.shuffledSubarray(all, { minLength: most, maxLength: most });
  const [some] = fc.sample(chosen, { numRuns: 1, seed });
  assert.equal((await live(samples(some!, 1))).faults, []);
  count('handled', most);
});

statuses.run();
