// What docs/figures.md promises of counting, with pods that come, go and die.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureCounts, type Extent, type Figures } from '../../scripts/counts/measure.ts';
import { isInPath } from '../shared.ts';

const counts = suite('what is counted of pods that come, go and die');

const EXTENT: Extent = {
  seconds: 20,
  everySeconds: 9,
  scrapeSeconds: 1,
  requestsPerSecond: 30,
  stories: ['steady', 'drained', 'killed', 'restarted'],
};
/** What a dying pod was asked in the time between two scrapes, and a little more. */
const LOST_BY_A_DEATH = 1.5 * EXTENT.requestsPerSecond;
/** What a killed pod had counted, and could not answer any more. */
const UNANSWERED_BY_A_DEATH = 2;

const isThere = isInPath('prometheus');
let figures: Figures[] = [];

counts.before(async () => {
  if (isThere) figures = await measureCounts(EXTENT);
});

function of(story: string): Figures {
  return figures.find((one) => one.story === story)!;
}

if (isThere) {
  for (const story of ['steady', 'drained']) {
    counts(`each request is counted, once, of pods that are ${story}`, () => {
      const { served, counted } = of(story);
      assert.ok(served.requests > 300, JSON.stringify(served));
      assert.equal(counted, served);
    });
  }

  for (const story of ['killed', 'restarted']) {
    counts(`nothing but what was not scraped is missing of pods that are ${story}`, () => {
      const { served, counted, deaths } = of(story);
      assert.ok(deaths > 0);
      const lost = served.requests - counted.requests;
      assert.ok(lost >= -UNANSWERED_BY_A_DEATH * deaths, `${-lost} too many`);
      assert.ok(lost <= LOST_BY_A_DEATH * deaths, `${lost} too few after ${deaths} deaths`);
      assert.ok(counted.errors <= served.errors + UNANSWERED_BY_A_DEATH * deaths);
    });
  }
}

counts.run();
