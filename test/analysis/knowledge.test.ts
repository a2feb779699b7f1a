import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noReward, reportWith, rewardWith } from '../../functions/lib/analysis/contest.ts';
import {
  decode,
  encode,
  type Knowledge,
  type ObjectiveKnowledge,
  type RewardKnowledge,
} from '../../functions/lib/analysis/knowledge.ts';
import { NO_SAMPLES, recordWith, type SampleRecord } from '../../functions/lib/analysis/record.ts';
import type { Random } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { deepFreeze } from '../fixtures.ts';

const LIMIT = { side: 'Upper', value: 0.05, limit: 0.05 } as const;
const EDGES = Array.from({ length: 13 }, (_, index) => 2.5 * 2 ** index);

function someRecord(random: Random, looks: number): SampleRecord {
  return Array.from({ length: looks }).reduce<SampleRecord>((record) => {
    const samples = 30_000 + Math.floor(5000 * random());
    const most = Math.floor(samples * 0.03 * random());
    const added = { samples, most, least: most };
    return recordWith(record, added, LIMIT, { horizon: 30, isExcused: false });
  }, NO_SAMPLES);
}

function someObjective(random: Random, versions: number, name: string): ObjectiveKnowledge {
  return {
    key: `default/${name} ..250`,
    share: 1,
    edges: EDGES,
    buckets: Array.from({ length: versions }, () =>
      [...EDGES, Infinity].map((_, index) => Math.floor((index < 7 ? 3e5 : 1e4) * random())),
    ),
    records: Array.from({ length: versions }, () => [someRecord(random, 30)]),
  };
}

/** The first reward decides; others are only reported. */
function someReward(random: Random, versions: number, index: number): RewardKnowledge {
  const batch = (): { trials: number; sum: number }[] =>
    Array.from({ length: versions }, () => ({ trials: 1e6, sum: Math.floor(5e4 * random()) }));
  const none = noReward(versions);
  const record = index === 0 ? rewardWith(none, batch(), 30) : reportWith(none, batch());
  return { key: 'default/conversion High', share: 1, best: -1, ...record };
}

function knowledgeOf(versions: number, objectives: number, rewards: number): Knowledge {
  const random = randomFrom('knowledge');
  return deepFreeze({
    horizon: 30,
    budget: 112 * 2 ** 10,
    proved: [1],
    isDone: true,
    objectives: Array.from({ length: objectives }, (_, index) =>
      someObjective(random, versions, `latency-${index}`),
    ),
    rewards: Array.from({ length: rewards }, (_, index) => someReward(random, versions, index)),
  });
}

const text = suite('knowledge as text');

text('begins with the number of its format', () => {
  assert.match(encode(knowledgeOf(2, 1, 0)), /^\[1,30,/);
});

text('is the same after it was read and written again', () => {
  for (const knowledge of [knowledgeOf(2, 1, 0), knowledgeOf(5, 5, 2), knowledgeOf(17, 1, 1)]) {
    const versions = knowledge.objectives[0]!.records.length;
    const once = encode(knowledge);
    assert.is(encode(decode(once, versions)!), once);
  }
});

text('has all that is known, to ten digits', () => {
  const knowledge = knowledgeOf(3, 2, 1);
  const read = decode(encode(knowledge), 3)!;
  assert.equal(read.objectives[1]!.buckets, knowledge.objectives[1]!.buckets);
  assert.equal(read.objectives[1]!.edges, knowledge.objectives[1]!.edges);
  const [before, after] = [knowledge, read].map((one) => one.objectives[0]!.records[2]![0]!);
  assert.is(after!.samples, before!.samples);
  assert.ok(Math.abs(after!.squares / before!.squares - 1) < 1e-9);
  read.rewards[0]!.information.flat().forEach((value, index) => {
    assert.ok(Math.abs(value - knowledge.rewards[0]!.information.flat()[index]!) < 1e-2);
  });
  assert.equal([read.proved, read.isDone], [[1], true]);
});

text('has evidence of changes to a hundredth, and none that is too weak to matter', () => {
  const [record] = knowledgeOf(2, 1, 0).objectives[0]!.records[0]!;
  const [read] = decode(encode(knowledgeOf(2, 1, 0)), 2)!.objectives[0]!.records[0]!;
  record!.detector.forEach((log, index) => {
    assert.ok(Math.abs(Math.max(-50, log) - read!.detector[index]!) <= 0.00501);
  });
});

text(
  'has at most 1 kB for each of 5 versions, with 5 objectives of 14 buckets and 2 rewards',
  () => {
    const knowledge = knowledgeOf(5, 5, 2);
    const { length } = encode(knowledge);
    assert.ok(length <= 5 * 1024, `${length} bytes`);
  },
);

text('is short where nothing was counted yet', () => {
  const empty = { key: 'a/b ..1', share: 1, edges: [], buckets: [[], []] };
  const records = [[NO_SAMPLES], [NO_SAMPLES]];
  const knowledge = { ...knowledgeOf(2, 0, 0), objectives: [{ ...empty, records }] };
  assert.is(encode(knowledge), '[1,30,114688,[1],1,[["a/b ..1",1,[],[[],[]],[[[]],[[]]]]],[]]');
  assert.equal(decode(encode(knowledge), 2)!.objectives[0]!.records, records);
});

const unreadable = suite('a text that is no knowledge');

for (const [what, given] of [
  ['nothing', undefined],
  ['empty', ''],
  ['no JSON', '[1,30'],
  ['null', 'null'],
  ['a number', '1'],
  ['an object', '{"horizon":30}'],
  ['another format', '[2,30,0,[],0,[],[]]'],
  ['a horizon that is no number', '[1,"x",0,[],0,[],[]]'],
  ['a null among its numbers', '[1,30,null,[],0,[],[]]'],
  ['no objectives', '[1,30,0,[],0]'],
] as const) {
  unreadable(`is none: ${what}`, () => {
    assert.is(decode(given, 2), undefined);
  });
}

unreadable('is none where it is for other versions', () => {
  assert.is(decode(encode(knowledgeOf(2, 1, 0)), 3), undefined);
  assert.is(decode(encode(knowledgeOf(2, 0, 1)), 3), undefined);
  assert.ok(decode(encode(knowledgeOf(2, 0, 1)), 2));
});

unreadable('is none, or some that can be gone on with, where any part of it is another', () => {
  const whole = encode(knowledgeOf(2, 1, 1));
  const random = randomFrom('mutations');
  for (let run = 0; run < 300; run++) {
    const place = Math.floor(random() * whole.length);
    const other = '0123456789,.-[]"e'[Math.floor(random() * 17)]!;
    const knowledge = decode(whole.slice(0, place) + other + whole.slice(place + 1), 2);
    for (const record of knowledge?.objectives.flatMap(({ records }) => records.flat()) ?? []) {
      const { samples, most, least, excused, detector } = record;
      assert.ok(0 <= least && least <= most && most <= samples, JSON.stringify(record));
      assert.ok(excused.least <= excused.samples && [0, 7].includes(detector.length));
    }
  }
});

for (const tests of [text, unreadable]) tests.run();
