// The lives of bad experiments, fifty at a time in one cluster, with a good one beside them.
import { problemInStatus } from '../../functions/lib/experiment/soundStatus.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { EXPERIMENTS, startCluster, type Cluster, type Outcome } from './cluster.ts';
import { GOOD, NAMESPACE } from './experiments.ts';
import { METRICS } from './metrics.ts';
import { modelOf, routeOf } from './targets.ts';

/** A bad experiment, of a kind. */
export type Bad = {
  kind: string;
  object: ApiObject;
  /** Whether it was there before its schema, so that no API server has refused it. */
  isOlder?: boolean;
};

/** What became of one. */
export type Account = {
  kind: string;
  /** It was refused before anything was done, has ended otherwise, or goes on for good reasons. */
  end: 'refused' | 'ended' | 'going on';
  message: string;
  /** What must never happen, and did. */
  faults: string[];
};

/** So many live in one cluster. */
const AT_ONCE = 50;

const HEALTHY = 'healthy';
const DAY = 24 * 3600;
/** From tick to tick: first as they come, then past every deadline, then what is left to settle. */
const STEPS = [
  ...Array<number>(9).fill(10),
  ...Array<number>(4).fill(130),
  31 * DAY,
  130,
  130,
  130,
];
/** Far more than any step takes, also on a busy machine. */
const MOST_MILLISECONDS = 3000;

/**
 * Lets bad experiments live, with a good one beside each fifty: what became of them, and what must
 * never happen, and did; also where the good one needed more ticks than alone.
 */
export async function live(
  all: readonly Bad[],
): Promise<{ accounts: Account[]; faults: string[] }> {
  const { ticks } = await liveTogether([]);
  const accounts: Account[] = [];
  const faults: string[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const found = await liveTogether(all.slice(from, from + AT_ONCE));
    accounts.push(...found.accounts.filter(({ kind }) => kind !== HEALTHY));
    if (found.ticks !== ticks) faults.push(`the good one took ${found.ticks} ticks, not ${ticks}`);
    faults.push(
      ...found.accounts.flatMap(({ kind, faults }) => faults.map((fault) => `${kind}: ${fault}`)),
    );
  }
  return { accounts, faults };
}

async function liveTogether(bad: readonly Bad[]): Promise<{ accounts: Account[]; ticks: number }> {
  const cluster = startCluster();
  METRICS.forEach(cluster.keep);
  const accounts = new Map<string, Account>();
  for (const one of [...bad, { kind: HEALTHY, object: GOOD.onModel(HEALTHY) }]) {
    const account: Account = { kind: one.kind, end: 'ended', message: '', faults: [] };
    accounts.set(one.object.metadata.name, account);
    await create(cluster, one, account);
  }
  cluster.follow((experiment) => {
    const problem = problemInStatus(experiment, cluster.now());
    if (problem) accounts.get(experiment.metadata.name)!.faults.push(`wrote ${problem.field}`);
  });
  const ticks = await pass(cluster, accounts);
  for (const [name, account] of accounts) conclude(cluster, name, account);
  return { accounts: [...accounts.values()], ticks };
}

async function create(cluster: Cluster, { object, isOlder }: Bad, account: Account): Promise<void> {
  const { name } = object.metadata;
  cluster.keep(modelOf(name, NAMESPACE));
  cluster.keep(routeOf(name, NAMESPACE));
  if (isOlder) {
    cluster.keep(object);
    return;
  }
  const { status, body } = await cluster.send('POST', EXPERIMENTS, object);
  if (status !== 201) account.faults.push(`not created: ${JSON.stringify(body)}`);
}

async function pass(cluster: Cluster, accounts: Map<string, Account>): Promise<number> {
  let ticks = 0;
  const note = (name: string, what: string, outcome: Outcome): void => {
    const fault = faultOf(outcome);
    if (fault) (accounts.get(name) ?? accounts.get(HEALTHY)!).faults.push(`${what}: ${fault}`);
  };
  for (const [index, seconds] of STEPS.entries()) {
    cluster.pass(seconds);
    if (index === 2) await tellAll(cluster, [...accounts.keys()], note);
    for (const [name, outcome] of await cluster.tick()) note(name, 'a tick', outcome);
    if (cluster.experiment(HEALTHY)?.status?.stage !== 'Completed') ticks = index + 1;
  }
  return ticks;
}

/** An event about each, for each function. */
async function tellAll(
  cluster: Cluster,
  names: readonly string[],
  note: (name: string, what: string, outcome: Outcome) => void,
): Promise<void> {
  for (const name of names) {
    for (const functionName of ['start', 'iterate', 'finish'] as const) {
      const subject = `namespaces/${NAMESPACE}/experiments/${name}`;
      const type = `tools.iter8.experiment.${functionName}`;
      note(name, type, await cluster.call(functionName, { id: name, type, subject }));
    }
  }
}

function faultOf({ status, error, milliseconds }: Outcome): string | undefined {
  if (status !== 204) return `${status} ${error?.stack ?? ''}`;
  return milliseconds > MOST_MILLISECONDS ? `took ${milliseconds} ms` : undefined;
}

function conclude(cluster: Cluster, name: string, account: Account): void {
  const experiment = cluster.experiment(name);
  if (!experiment) return;
  const { stage, message = '' } = experiment.status ?? {};
  account.message = message;
  account.end =
    stage !== 'Completed' ? 'going on' : /^InvalidExperiment/.test(message) ? 'refused' : 'ended';
  const isWell = stage === 'Completed' ? isExplained(experiment) : isGoingOn(cluster, experiment);
  if (!isWell) account.faults.push(`${stage ?? 'without a stage'}: ${message || 'no message'}`);
}

/** A field or an object, by which whoever reads the message can tell what it is about. */
const NAMED =
  /\b(spec|status|metadata)\.[a-z]|\b(InferenceService|Route|metric|objectives?|namespaces?|target|weights?|revision|iterations)\b|weightObjRef|fieldPath/i;

function isExplained({ status }: Experiment): boolean {
  const hasFailed = /"type":"Failed","status":"True"/.test(JSON.stringify(status));
  return !hasFailed || NAMED.test(status!.message ?? '');
}

/** Suspended, or running with its next iteration soon, or as far away as its interval is long. */
function isGoingOn(cluster: Cluster, { spec, status }: Experiment): boolean {
  if (!status?.message) return false;
  if (spec.suspend) return /spec\.suspend/.test(status.message);
  const { nextIterationTime = '' } = status;
  const left = secondsBetween(cluster.now(), nextIterationTime);
  return status.stage === 'Running' && left > -60 && left <= spec.duration.intervalSeconds;
}
