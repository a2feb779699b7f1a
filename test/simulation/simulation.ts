// The whole life of one experiment in a simulated cluster, with at most one fault.
import { runAskedFor } from '../../functions/lib/experiment/accept.ts';
import { STAGES } from '../../functions/lib/experiment/stages.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at, measurement } from '../fixtures.ts';
import type { ApiServer, Manifest, Stored } from './api-server.ts';
import { startCluster, type Disorder } from './cluster.ts';
import { startLearning, type Knowledge, type Learning } from './knowledge.ts';
import { countersOf, measurerOf, type Counters } from './readings.ts';
import { EXPERIMENT, experimentOf, type Act, type Scenario } from './scenarios.ts';
import { REVISIONS, type Target } from './targets.ts';

/** What became of an experiment. Weights are written "baseline/candidate". */
export type End = {
  /** The stage that it has, or "deleted". */
  stage: string;
  decision: string | undefined;
  reason: string | undefined;
  winner: string | undefined;
  recommended: string | undefined;
  completedIterations: number | undefined;
  /** The conditions that are True. */
  conditions: string;
  finalizers: readonly string[];
  weights: { intended: string; told: string; served: string };
  /** How many times the target came to have the weights that it has in the end. */
  turns: number;
  /** All weights that the target was told to have, in order. */
  moves: string;
  /** What must never happen, and did. */
  offences: string[];
};

/** What one run came to, the calls that the functions made, and what was known on the way. */
export type Run = { end: End; calls: string[]; known: Knowledge };

const LIMIT_SECONDS = 3600;
const CREATED_SECOND = 10;
/** Long enough for every straggler. */
const AFTERMATH_SECONDS = 40;

/** Plays a scenario from before the experiment's creation until long after its end. */
export async function play(scenario: Scenario, disorder: Disorder = {}): Promise<Run> {
  const surprises: unknown[] = [];
  // What is counted is the cluster's own traffic.
  const counts: { of?: ReturnType<typeof measurerOf>; counters?: Counters } = {};
  const cluster = startCluster({
    target: scenario.target,
    disorder,
    measure: (asked) => {
      const [metric, version = '', , elapsed] = asked.query.split(' ');
      const age = secondsBetween(at(CREATED_SECOND), agenda.now());
      return metric === 'requests'
        ? counts.of!(asked)
        : measurement(scenario.measure(version, Number(elapsed), age));
    },
    count: (asked) => counts.counters!.answer(asked),
    onSurprise: (error) => void surprises.push(error),
  });
  const { agenda, server, target, calls } = cluster;
  counts.of = measurerOf(cluster, []);
  counts.counters = countersOf(cluster, scenario.share ?? (() => 0));
  const learning = startLearning(counts.counters);
  const watched = watch(server, target, learning);
  agenda.after(CREATED_SECOND, () => {
    server.create(EXPERIMENT, experimentOf(scenario, target));
  });
  agenda.after(CREATED_SECOND + (scenario.deletedAfter ?? Infinity), () => {
    server.remove(EXPERIMENT);
  });
  const { acts = [] } = scenario;
  for (const act of acts) {
    agenda.after(CREATED_SECOND + act.after, () => {
      server.change(EXPERIMENT, (object) => done(object, act));
    });
  }
  const lastAct = at(CREATED_SECOND + Math.max(0, ...acts.map(({ after }) => after)));
  const isOver = (): boolean =>
    agenda.now() > lastAct &&
    ['Completed', 'deleted'].includes(stageOf(watched)) &&
    !isAskedFor(watched);
  if (!(await agenda.run(isOver, LIMIT_SECONDS))) watched.offences.push('it never ends');
  await agenda.run(() => false, AFTERMATH_SECONDS);
  for (const error of surprises) watched.offences.push((error as Error).stack ?? String(error));
  watched.offences.push(...learning.offences);
  return { end: endOf(server, target, watched), calls, known: learning.known };
}

function done({ metadata, ...object }: Stored, { spec, retry }: Act): Manifest {
  const annotations = retry === undefined ? {} : { annotations: { 'iter8.tools/retry': retry } };
  const changed = { ...(object.spec as object), ...spec };
  return { ...object, spec: changed, metadata: { ...metadata, ...annotations } };
}

/** Whether another run is still to come. */
function isAskedFor({ last }: Watched): boolean {
  return last !== undefined && runAskedFor(last) !== undefined;
}

type Watched = { last?: Experiment; isGone: boolean; moves: string[]; offences: string[] };

function stageOf({ last, isGone }: Watched): string {
  return isGone ? 'deleted' : (last?.status?.stage ?? 'New');
}

/** Follows the experiment and its target, and notes what must never happen. */
function watch(server: ApiServer, target: Target, learning: Learning): Watched {
  const watched: Watched = { isGone: false, moves: [], offences: [] };
  server.onChange(({ path, before, after }) => {
    if (path === EXPERIMENT) follow(watched, before as never, after as never);
    if (path === EXPERIMENT && after) learning.follow(after as never);
    if (!watched.last) return;
    const [baseline, candidate] = target.told(server)!;
    const weights = `${baseline}/${candidate}`;
    if (watched.moves.at(-1) === weights) return;
    watched.moves.push(weights);
    if (candidate > 99 && !mayPromote(watched.last)) watched.offences.push(`promoted too early`);
  });
  return watched;
}

function mayPromote({ spec, status }: Experiment): boolean {
  const isBlueGreen = spec.strategy.deploymentPattern === 'BlueGreen';
  return isBlueGreen || status?.stage === 'Finishing' || status?.stage === 'Completed';
}

function follow(watched: Watched, before?: Experiment, after?: Experiment): void {
  watched.isGone = !after;
  if (!after) return;
  watched.last = after;
  if (!before || before.status?.run === after.status?.run) compare(watched, before, after);
}

/** Stage and iterations of one run, which only go forward. */
function compare({ offences }: Watched, before: Experiment | undefined, after: Experiment): void {
  const rank = (one?: Experiment): number => STAGES.indexOf(one?.status?.stage as never);
  if (rank(after) < rank(before)) offences.push('back to an earlier stage');
  const [from = 0, to = 0] = [before, after].map((one) => one?.status?.completedIterations);
  if (to - from < 0 || to - from > 1) offences.push(`iteration ${to} after ${from}`);
}

function endOf(server: ApiServer, target: Target, watched: Watched): End {
  const { status = {}, metadata } = watched.last!;
  const intended = status.currentWeightDistribution ?? [];
  const told = target.told(server)!.join('/');
  return {
    stage: stageOf(watched),
    decision: status.outcome?.decision,
    reason: status.outcome?.reason,
    winner: status.analysis?.winnerAssessment?.data.winner,
    recommended: status.versionRecommendedForPromotion,
    completedIterations: status.completedIterations,
    conditions: (status.conditions ?? [])
      .filter((condition) => condition.status === 'True')
      .map(({ type }) => type)
      .join(),
    finalizers: watched.isGone ? [] : (metadata.finalizers ?? []),
    weights: {
      intended: intended.map(({ value }) => value).join('/'),
      told,
      served: REVISIONS.map((revision, index) =>
        target.served(server, { index: index as 0 | 1, revision }),
      ).join('/'),
    },
    turns: watched.moves.slice(1).filter((weights) => weights === told).length,
    moves: watched.moves.join(' '),
    offences: watched.offences,
  };
}
