// The whole life of one experiment in a simulated cluster, with at most one fault.
import { STAGES } from '../../functions/lib/experiment/stages.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at } from '../fixtures.ts';
import { agendaFrom } from './agenda.ts';
import { startApiServer, type ApiServer } from './api-server.ts';
import { startBroker, startSources, startTicks, type Publish } from './broker.ts';
import { invoker, type Fault } from './functions.ts';
import { startKServe } from './kserve.ts';
import { EXPERIMENT, experimentOf, METRICS, type Scenario } from './scenarios.ts';
import type { Target } from './targets.ts';

/** Says what befalls a call of the functions, or does something else first; calls count from 1. */
export type Befall = (number: number, call: string, server: ApiServer) => Fault | undefined;

/** How the cluster is other than it should be. */
export type Disorder = {
  befall?: Befall;
  /** The seconds that a call is on its way. */
  latency?: () => number;
  /** The seconds after which an event arrives: once for each; none where it is lost. */
  arrivals?: () => readonly number[];
};

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

/** What one run came to, and the calls that the functions made. */
export type Run = { end: End; calls: string[] };

const LIMIT_SECONDS = 3600;
/** Long enough for every straggler. */
const AFTERMATH_SECONDS = 40;

let runs = 0;

/** Plays a scenario from before the experiment's creation until long after its end. */
export async function play(scenario: Scenario, disorder: Disorder = {}): Promise<Run> {
  // A group of its own for each run, because the functions remember what they know of a group.
  const target = scenario.target(`run-${++runs}.example.com`);
  const agenda = agendaFrom(at(0));
  const server = startApiServer(agenda.now);
  const watched = watch(server, target);
  const calls: string[] = [];
  const { befall = () => undefined, latency = () => 0.01, arrivals = () => [0.02] } = disorder;
  const publish: Publish = startBroker(agenda, arrivals, (name, event) => invoke(name, event));
  const invoke = invoker({
    agenda,
    server,
    publish,
    measure: (query) => {
      const [metric = '', version = '', elapsed] = query.split(' ');
      return scenario.measure(metric, version, Number(elapsed));
    },
    befall: (call) => befall(calls.push(call), call, server),
    latency,
    onSurprise: (error) => void watched.offences.push((error as Error).stack ?? String(error)),
  });
  startKServe(server, agenda);
  startSources(server, publish);
  target.deploy(server, agenda);
  for (const [path, metric] of METRICS) server.create(path, metric);
  agenda.after(10, () => {
    server.create(EXPERIMENT, experimentOf(scenario, target));
  });
  agenda.after(13, () => {
    startTicks(agenda, publish);
  });
  agenda.after(10 + (scenario.deletedAfter ?? Infinity), () => {
    server.remove(EXPERIMENT);
  });
  const isOver = (): boolean => stageOf(watched) === 'Completed' || stageOf(watched) === 'deleted';
  if (!(await agenda.run(isOver, LIMIT_SECONDS))) watched.offences.push('it never ends');
  await agenda.run(() => false, AFTERMATH_SECONDS);
  return { end: endOf(server, target, watched), calls };
}

type Watched = { last?: Experiment; isGone: boolean; moves: string[]; offences: string[] };

function stageOf({ last, isGone }: Watched): string {
  return isGone ? 'deleted' : (last?.status?.stage ?? 'New');
}

/** Follows the experiment and its target, and notes what must never happen. */
function watch(server: ApiServer, target: Target): Watched {
  const watched: Watched = { isGone: false, moves: [], offences: [] };
  server.onChange(({ path, before, after }) => {
    if (path === EXPERIMENT) follow(watched, before as never, after as never);
    if (!watched.last) return;
    const [baseline, candidate] = target.told(server);
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
  const rank = (one?: Experiment): number => STAGES.indexOf(one?.status?.stage as never);
  if (rank(after) < rank(before)) watched.offences.push('back to an earlier stage');
  const [from = 0, to = 0] = [before, after].map((one) => one?.status?.completedIterations);
  if (to - from < 0 || to - from > 1) watched.offences.push(`iteration ${to} after ${from}`);
}

function endOf(server: ApiServer, target: Target, watched: Watched): End {
  const { status = {}, metadata } = watched.last!;
  const intended = status.currentWeightDistribution ?? [];
  const told = target.told(server).join('/');
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
      served: target.served(server).join('/'),
    },
    turns: watched.moves.slice(1).filter((weights) => weights === told).length,
    moves: watched.moves.join(' '),
    offences: watched.offences,
  };
}
