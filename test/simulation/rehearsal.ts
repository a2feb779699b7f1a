// A schedule played in a simulated cluster, from before the first experiment until long after the last.
import { isDeepStrictEqual } from 'node:util';
import { runAskedFor } from '../../functions/lib/experiment/accept.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import { at } from '../fixtures.ts';
import { startCluster, type Cluster, type Disorder } from './cluster.ts';
import { create, obey, calmDown, startOthers, type Doings } from './commands.ts';
import { measurerOf } from './readings.ts';
import { ERRANDS, type Command, type Errand, type Point, type Schedule } from './schedule.ts';
import { followStory, type Listener } from './story.ts';
import { inferenceService, routes, type TargetOf } from './targets.ts';
import { endOf, judge } from './judgement.ts';
import type { Life, Offence, Watch } from './life.ts';
import { startWatch } from './watch.ts';

/** What a schedule came to. */
export type Rehearsal = {
  offences: Offence[];
  /** How each experiment ended, in a few words. */
  ends: string[];
  /** What went wrong and what was done, in effect. */
  happened: string[];
  seconds: number;
  calls: number;
};

const TARGETS: Readonly<Record<Schedule['target'], TargetOf>> = {
  InferenceService: inferenceService,
  'one object': routes(['both', 'both']),
  'two objects': routes(['one', 'other']),
};

/** Until then anything may go wrong; ticks may be missing for longer. */
const TROUBLED_UNTIL = at(300);
/** Long enough for every straggler. */
const AFTERMATH_SECONDS = 100;
/** Initializing and Finishing, twice the longest planned duration, and what is added to that. */
const LIFE_SECONDS = 900 + 900 + 2 * 8 * 70 + 3600;

/** Plays a schedule. The same schedule always comes to the same. */
export async function rehearse(schedule: Schedule, listen?: Listener): Promise<Rehearsal> {
  const happened: string[] = [];
  const surprises: Error[] = [];
  // What goes wrong is part of the cluster, and needs to know what is done to it.
  const scene: Partial<Scene> = {};
  const cluster = startCluster({
    target: TARGETS[schedule.target],
    disorder: disorderOf(schedule, () => scene as Scene),
    measure: (query) => scene.measure!(query),
    onSurprise: (error) => void surprises.push(error as Error),
  });
  const doings: Doings = {
    ...cluster,
    schedule,
    noTicksUntil: at(0),
    awaited: new Set(),
    isCalm: false,
  };
  const measure = measurerOf(cluster, schedule.metrics);
  const watch = startWatch(cluster);
  Object.assign(scene, { doings, watch, measure, happened, listen: listenerOf(cluster, listen) });
  if (listen) followStory(cluster, listen);
  startOthers(cluster);
  agree(scene as Scene);
  await run(doings, watch);
  for (const { stack, message } of surprises) watch.offend('expected', stack ?? message);
  return {
    offences: watch.offences,
    ends: [...watch.lives.values()].map(endOf),
    happened,
    seconds: (cluster.agenda.now().getTime() - at(0).getTime()) / 1000,
    calls: cluster.calls.length,
  };
}

/** Everything that is on while a schedule is played. */
type Scene = {
  doings: Doings;
  watch: Watch;
  measure: ReturnType<typeof measurerOf>;
  happened: string[];
  listen: (what: string) => void;
};

function listenerOf({ agenda }: Cluster, listen: Listener | undefined): Scene['listen'] {
  return (what) => listen?.((agenda.now().getTime() - at(0).getTime()) / 1000, what);
}

/** Puts on the agenda what is to happen at its second. */
function agree(scene: Scene): void {
  const { agenda, schedule } = scene.doings;
  for (const [number, order] of schedule.orders.entries()) {
    agenda.after(order.at, () => {
      create(scene.doings, number);
    });
  }
  for (const { when, command } of schedule.commands) {
    if (!('second' in when)) continue;
    agenda.after(when.second, () => {
      act(scene, command);
    });
  }
}

const CHANGES_OF_TARGET: readonly Command['do'][] = [
  'break the candidate',
  'deploy a further revision',
  'delete the target',
  'delete the namespace',
  'create the target again',
];

function act({ doings, watch, happened, listen }: Scene, command: Command): void {
  listen(`somebody: ${JSON.stringify(command)}`);
  if (!obey(doings, command)) return;
  happened.push(command.do);
  if (!CHANGES_OF_TARGET.includes(command.do)) return;
  watch.interferedAt = watch.changedAt = doings.agenda.now();
}

const AGAIN: readonly Command['do'][] = ['delete and create again', 'retry'];

async function run(doings: Doings, watch: Watch): Promise<void> {
  const { agenda, schedule } = doings;
  const again = schedule.commands.filter(({ command }) => AGAIN.includes(command.do));
  const limit = 2000 + (schedule.orders.length + again.length) * LIFE_SECONDS;
  const lives = watch.lives;
  const isOver = (): boolean =>
    agenda.now() > TROUBLED_UNTIL &&
    doings.awaited.size === 0 &&
    [...lives.values()].every(isAtRest);
  agenda.after(secondsBetween(agenda.now(), TROUBLED_UNTIL), () => {
    calmDown(doings);
  });
  const isInTime = await agenda.run(isOver, limit);
  await agenda.run(() => false, AFTERMATH_SECONDS);
  judge(doings, watch, isInTime);
}

/** Whether nothing is to come of a life any more. */
function isAtRest({ endedAt, isGone, isSucceeded, last }: Life): boolean {
  if (isGone || isSucceeded || !endedAt) return isGone || isSucceeded;
  // A verdict on the last run keeps the next one from beginning, until it is taken away.
  const isAwaited = runAskedFor(last) !== undefined && !last.spec.verdict;
  return !last.metadata.deletionTimestamp && !isAwaited;
}

/** What goes wrong by itself. */
function disorderOf(schedule: Schedule, scene: () => Scene): Disorder {
  const { clocks, isWithoutBroker, arrivals, latencies, mishaps, commands } = schedule;
  let events = 0;
  let calls = 0;
  const pointOf = counter();
  const now = (): Date => scene().doings.agenda.now();
  const isTroubled = (): boolean => now() < TROUBLED_UNTIL;
  return {
    clocks,
    isWithoutBroker,
    isTickMissing: () => now() < scene().doings.noTicksUntil,
    arrivals: () => {
      const found = isTroubled() ? arrivals[events++ % arrivals.length] : undefined;
      if (!found) return [0.02];
      scene().happened.push(...kindsOf(found));
      return found;
    },
    latency: () => (isTroubled() ? latencies[calls++ % latencies.length] : undefined) ?? 0.01,
    befall: ({ number, name, invocation }) => {
      const at = pointOf(name);
      const isHere = (point: Point): boolean => isTroubled() && isDeepStrictEqual(point, at);
      for (const { when, command } of commands) {
        if ('before' in when && isHere(when.before)) act(scene(), command);
      }
      const found = mishaps.find((one) => isHere(one.at))?.mishap;
      const what = found ? ` ${found.fault} ${found.seconds ?? ''}` : '';
      scene().listen(`${invocation.instance.name}: call ${number} ${name}${what}`);
      if (found) scene().happened.push(found.fault);
      return found;
    },
  };
}

/** Counts the functions' calls by what they are for. */
function counter(): (name: string) => Point {
  const counts = new Map<Errand, number>();
  return (name) => {
    const errand = errandOf(name);
    const number = (counts.get(errand) ?? 0) + 1;
    counts.set(errand, number);
    return { errand, number };
  };
}

function errandOf(name: string): Errand {
  const what = name
    .slice(name.indexOf(' ') + 1)
    .replace(/ (inferenceservices|routes)$/, ' target')
    .replace(/^(ASK|HAND OVER) .*/, '$1');
  return ERRANDS.find((errand) => errand === what) ?? 'GET others';
}

function kindsOf(arrivals: readonly number[]): string[] {
  const isLate = arrivals.some((seconds) => seconds > 60);
  return [
    ...(arrivals.length === 0 ? ['event lost'] : []),
    ...(arrivals.length > 1 ? ['event doubled'] : []),
    ...(isLate ? ['event late by minutes'] : []),
  ];
}
