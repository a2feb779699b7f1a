import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Random } from '../../functions/lib/analysis/random.ts';
import {
  accept,
  acquire,
  beginInitializing,
  contenderOf,
  yieldTarget,
} from '../../functions/lib/experiment/accept.ts';
import { mayAcquire, otherHolder, type Contender } from '../../functions/lib/experiment/lock.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import { stageOf } from '../../functions/lib/experiment/stages.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at, experimentOf, settings, stored } from '../fixtures.ts';

/**
 * An API server with experiments that want one target, and processes that step through what start
 * does (read, list, write, read …) in any order, with writes that fail where somebody was first.
 */
type World = {
  objects: Map<string, Experiment>;
  seconds: number;
  random: Random;
  starts: Map<string, number>;
};

/** What a process knows: its experiment as it read it, then the others as it listed them. */
type Process = { uid: string; own?: Experiment | undefined; others?: Contender[] | undefined };

function write(world: World, own: Experiment, { status }: Plan): void {
  const { uid, resourceVersion } = own.metadata;
  if (world.objects.get(uid)!.metadata.resourceVersion !== resourceVersion) return;
  const metadata = { ...own.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
  if (stageOf({ status }) === 'Initializing') {
    world.starts.set(uid, (world.starts.get(uid) ?? 0) + 1);
  }
  world.objects.set(uid, stored({ ...own, metadata, status }));
}

function unfinished({ objects }: World): Experiment[] {
  return [...objects.values()].filter((experiment) => stageOf(experiment) !== 'Completed');
}

/** One step of one process: a request to the API server, then whatever follows without one. */
function step(world: World, process: Process): void {
  const now = at(world.seconds);
  if (!process.own) {
    process.own = world.objects.get(process.uid)!;
    return;
  }
  const { own } = process;
  if (stageOf(own) === 'Waiting' && !process.others) {
    process.others = unfinished(world).map(contenderOf);
    return;
  }
  const next = decided(own, process.others ?? [], now);
  process.own = process.others = undefined;
  if (next) write(world, own, next);
}

function decided(own: Experiment, others: readonly Contender[], now: Date): Plan | undefined {
  if (stageOf(own) === 'New') return accept(own, { settings, now: now });
  if (stageOf(own) !== 'Waiting') return undefined;
  const contender = contenderOf(own);
  if (!contender.isHolder) {
    return acquire(own, mayAcquire(contender, others, now), settings, now);
  }
  const other = otherHolder(contender, others);
  return other ? yieldTarget(own.status!, other, now) : beginInitializing(own.status!, now);
}

function holders(world: World): Experiment[] {
  return unfinished(world).filter((experiment) => stageOf(experiment) === 'Initializing');
}

/** The holder's experiment comes to its end, some time. */
function complete(world: World, holder: Experiment): void {
  write(world, holder, {
    status: { ...holder.status, stage: 'Completed' },
    announcements: [],
  });
}

function aWorld(seed: string, contenders: number): { world: World; processes: Process[] } {
  const random = randomFrom(seed);
  const objects = Array.from({ length: contenders }, (_, index) => {
    const uid = `uid-${index}`;
    // Created within the same few seconds, as the API server's clock has them: whole seconds.
    const creationTimestamp = at(Math.floor(3 * random())).toISOString();
    return [uid, experimentOf({ metadata: { uid, creationTimestamp } })] as const;
  });
  const world = { objects: new Map(objects), seconds: 3, random, starts: new Map() };
  // Two processes for each: events are delivered twice.
  const processes = [...objects, ...objects].map(([uid]) => ({ uid }));
  return { world, processes };
}

const STEPS = 4000;

function play(seed: string, contenders: number): World {
  const { world, processes } = aWorld(seed, contenders);
  for (let count = 0; count < STEPS && unfinished(world).length > 0; count++) {
    const process = processes[Math.floor(world.random() * processes.length)]!;
    step(world, process);
    if (world.random() < 0.02) process.own = process.others = undefined; // it died
    world.seconds += world.random() / 10;
    const holding = holders(world);
    assert.ok(holding.length <= 1, `${seed}: two hold the target after ${count} steps`);
    if (holding[0] && world.random() < 0.05) complete(world, holding[0]);
  }
  return world;
}

const races = suite('the lock under any interleaving');

for (const contenders of [2, 3, 4]) {
  races(
    `is held by at most one of ${contenders} at a time, and by each of them in its turn`,
    () => {
      for (let run = 0; run < 150; run++) {
        const seed = `lock-${contenders}-${run}`;
        const world = play(seed, contenders);
        assert.equal(unfinished(world).length, 0, `${seed}: somebody waits for ever`);
        assert.ok(
          [...world.objects.keys()].every((uid) => world.starts.get(uid) === 1),
          `${seed}: everybody starts once`,
        );
      }
    },
  );
}

races.run();
