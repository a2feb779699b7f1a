// What must never happen to an experiment.
import { isDeepStrictEqual } from 'node:util';
import { STAGES, stageOf } from '../../functions/lib/experiment/stages.ts';
import { lockKeys, resolveTarget } from '../../functions/lib/experiment/target.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { stored } from '../fixtures.ts';
import type { Change } from './api-server.ts';
import type { Cluster } from './cluster.ts';
import {
  FINALIZER,
  hasTrue,
  holdersIn,
  isHeldStill,
  isInterfered,
  lifeOf,
  STAGE_LABEL,
  type Life,
  type Watch,
} from './life.ts';

/** So many points of a history are all kept. */
const FEW_POINTS = 60;

/** Looks at a change of an experiment. */
export function checkExperiment(cluster: Cluster, watch: Watch, change: Change): void {
  const before = change.before as Experiment | undefined;
  const after = change.after as Experiment | undefined;
  const life = lifeOf(watch, (after ?? before)!);
  life.isGone = !after;
  if (change.isOurs && before) checkOurs(watch, life, { before, after });
  if (after) {
    live(cluster.agenda.now(), watch, life, after);
    if (before && runOf(before) === runOf(after)) checkStep(watch, life, { before, after });
    checkAlone(cluster, watch);
  }
  const hasEnded = !after || stageOf(after) === 'Completed';
  if (!hasEnded || life.endedAt) return;
  life.endedAt = cluster.agenda.now();
  checkEnd(cluster, watch, life);
}

function live(now: Date, { byVersion }: Watch, life: Life, experiment: Experiment): void {
  const { metadata, spec, status } = experiment;
  const isDecided = !isDeepStrictEqual(status?.outcome, life.last.status?.outcome);
  if (isDecided) life.decidedAt = now;
  life.hasHadTraffic ||= mayHaveTraffic(experiment);
  life.isSwitch ||= spec.strategy.deploymentPattern === 'BlueGreen';
  life.last = experiment;
  byVersion.set(metadata.resourceVersion, life);
}

function mayHaveTraffic(experiment: Experiment): boolean {
  const { currentWeightDistribution = [] } = experiment.status ?? {};
  const isRunning = stageOf(experiment) === 'Running' && currentWeightDistribution.length > 0;
  return isRunning || (experiment.metadata.finalizers ?? []).includes(FINALIZER);
}

function runOf({ status }: Experiment): number {
  return status?.run ?? 1;
}

type Step = { before: Experiment; after: Experiment };

function checkStep(watch: Watch, { title }: Life, step: Step): void {
  const { before, after } = step;
  const rank = (one: Experiment): number => STAGES.indexOf(one.status?.stage as never);
  if (rank(after) < rank(before)) {
    watch.offend('forward', `${title}: ${stageOf(after)} after ${stageOf(before)}`);
  }
  const [from = 0, to = 0] = [before, after].map(({ status }) => status?.completedIterations);
  if (to < from || to > from + 1) {
    watch.offend('counted', `${title}: iteration ${to} after ${from}`);
  }
  if (!isHistoryOf(after)) {
    const points = JSON.stringify(after.status?.history ?? []);
    watch.offend('history', `${title}: after ${to} iterations ${points}`);
  }
  checkStill(watch, title, step);
}

function isHistoryOf({ status }: Experiment): boolean {
  const { history = [], completedIterations = 0 } = status ?? {};
  const points = history.map(({ iteration }) => iteration);
  const isAscending = points.every((point, index) => point > (points[index - 1] ?? 0));
  const isWhole = points.length === completedIterations || completedIterations > FEW_POINTS;
  return isAscending && isWhole && (points.at(-1) ?? 0) === completedIterations;
}

/** Once it is seen that somebody suspended it, a running experiment means to change nothing. */
function checkStill(watch: Watch, title: string, { before, after }: Step): void {
  const isHeld = isHeldStill(before) && after.spec.suspend && stageOf(after) === 'Running';
  if (!isHeld) return;
  const [was, is] = [before, after].map((one) => [
    isHeldStill(one),
    one.status!.completedIterations,
    one.status!.currentWeightDistribution,
  ]);
  if (isDeepStrictEqual(was, is)) return;
  watch.offend('still', `${title}: ${JSON.stringify(is)} after ${JSON.stringify(was)}`);
}

/** The functions write the status, one label and one finalizer, and nothing else. */
function checkOurs(
  watch: Watch,
  { title }: Life,
  { before, after }: { before: Experiment; after: Experiment | undefined },
): void {
  if (!after) {
    const left = finalizersOfOthers(before);
    if (left.length > 0) watch.offend('kept', `${title}: gone in spite of ${left.join()}`);
    return;
  }
  if (!isDeepStrictEqual(before.spec, after.spec)) {
    watch.offend('ownSpec', `${title}: its spec was written`);
  }
  const [was, is] = [before, after].map(metadataOfOthers);
  if (isDeepStrictEqual(was, is)) return;
  watch.offend('kept', `${title}: ${JSON.stringify(is)} after ${JSON.stringify(was)}`);
}

function finalizersOfOthers({ metadata }: Experiment): string[] {
  return (metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
}

function metadataOfOthers(experiment: Experiment): object {
  const { metadata } = experiment;
  const labels = { ...metadata.labels, [STAGE_LABEL]: undefined };
  const finalizers = finalizersOfOthers(experiment);
  return stored({ ...metadata, resourceVersion: undefined, labels, finalizers });
}

/** By what they act on, whatever their status says that they hold. */
function checkAlone(cluster: Cluster, watch: Watch): void {
  const holders = holdersIn(cluster);
  const keys = holders.map((one) => lockKeys(resolveTarget(one), one.spec.target));
  const isShared = keys.some((own, index) =>
    keys.slice(index + 1).some((others) => others.some((key) => own.includes(key))),
  );
  if (!isShared) return;
  const found = holders.map((one) => `${one.metadata.name} ${stageOf(one)}`);
  watch.offend('alone', found.join(', '));
}

/** As an experiment ends, its outcome is in force, if it says so, unless others have just interfered. */
function checkEnd({ target, server }: Cluster, watch: Watch, life: Life): void {
  const isDone = hasTrue(life, 'Promoted') || hasTrue(life, 'RolledBack');
  if (!isDone || isInterfered(watch, life)) return;
  const told = target.told(server);
  const { currentWeightDistribution = [] } = life.last.status ?? {};
  const intended = currentWeightDistribution.map(({ value }) => value);
  if (!told || intended.length === 0 || isDeepStrictEqual([...told], intended)) return;
  watch.offend('stands', `${life.title} ends with ${told.join('/')}, not ${intended.join('/')}`);
}

const TOLD_ONCE = ['StageAdvanced', 'ExperimentCompleted'];

type Told = { reason: string; message: string; involvedObject: { resourceVersion: string } };

/** An Event may come late, when there is another run already: it says of which write it tells. */
export function checkEvent({ byVersion, offend }: Watch, object: object): void {
  const { reason, message, involvedObject } = object as Told;
  const life = byVersion.get(involvedObject.resourceVersion);
  if (!life || !TOLD_ONCE.includes(reason)) return;
  const words = reason === 'StageAdvanced' ? message.split('.')[0]! : reason;
  if (life.told.has(words)) offend('once', `${life.title}: ${words}`);
  life.told.add(words);
}
