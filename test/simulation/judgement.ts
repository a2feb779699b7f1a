// Whether everything is as it should be once all is quiet.
import { isDeepStrictEqual } from 'node:util';
import { stageOf } from '../../functions/lib/experiment/stages.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import type { Cluster } from './cluster.ts';
import type { Doings } from './commands.ts';
import { isDeserved } from './deserts.ts';
import type { Reader, Target } from './targets.ts';
import { FINALIZER, hasTrue, isInterfered, STAGE_LABEL, type Life, type Watch } from './life.ts';

/** Looks at every experiment that there has been, and at the target. */
export function judge(doings: Doings, watch: Watch, isInTime: boolean): void {
  for (const life of watch.lives.values()) {
    judgeLife(watch, life);
    if (isDeserved({ schedule: doings.schedule, watch, life })) continue;
    watch.offend('deserved', `${life.title}: ${messageOf(life)}`);
  }
  if (!isInTime && !watch.offences.some(({ invariant }) => invariant === 'ending')) {
    watch.offend('ending', 'it took too long');
  }
  const last = lastWithTraffic(watch);
  if (last) judgeTarget(doings, watch, last);
}

function judgeLife(watch: Watch, life: Life): void {
  const { last, isGone, isSucceeded, title, endedAt } = life;
  if (isGone || isSucceeded) return;
  const { metadata } = last;
  if (!endedAt) {
    watch.offend('ending', `${title} is still ${stageOf(last)}: ${messageOf(life)}`);
    return;
  }
  if (metadata.deletionTimestamp) watch.offend('ending', `${title} is deleted, but not gone`);
  if (metadata.finalizers?.includes(FINALIZER)) {
    watch.offend('clean', `${title} keeps the finalizer`);
  }
  const { [STAGE_LABEL]: label = 'not at all' } = metadata.labels ?? {};
  if (label !== 'Completed') watch.offend('clean', `${title} is labelled ${label}`);
}

function messageOf({ last }: Life): string {
  return last.status?.message ?? '';
}

function lastWithTraffic({ lives }: Watch): Life | undefined {
  return [...lives.values()]
    .filter(({ hasHadTraffic, endedAt }) => hasHadTraffic && endedAt)
    .sort((one, other) => one.endedAt!.getTime() - other.endedAt!.getTime())
    .at(-1);
}

/** The weights that the last experiment left, unless others wrote them or changed what they are for. */
function judgeTarget(cluster: Cluster, watch: Watch, life: Life): void {
  const told = cluster.target.told(cluster.server);
  if (!told || isOthersAffair(watch, life)) return;
  const found = `${life.title} (${endOf(life)}) left ${told.join('/')}`;
  const intended = intendedBy(life);
  if (told[0] + told[1] !== 100) watch.offend('intended', `${found}, which is not 100 in sum`);
  if (!isDeepStrictEqual([...told], intended)) {
    watch.offend('intended', `${found}, not ${intended.join('/')}`);
  }
  if (!isPromoted(life) && told[1] > 0) watch.offend('restored', found);
  if (watch.interferedAt <= life.beganAt) judgeForce(cluster, watch, { life, found });
}

/** Whether what the target has is for others to say, and not for an experiment that has ended. */
function isOthersAffair(watch: Watch, life: Life): boolean {
  const isToldDone = hasTrue(life, 'Promoted') || hasTrue(life, 'RolledBack');
  const isChanged = watch.changedAt > life.beganAt && !isToldDone;
  const isLeft = watch.interferedAt > life.beganAt && isKept(life);
  return isInterfered(watch, life) || isChanged || isLeft;
}

/** With nobody else in the way, the outcome is in force, and the traffic goes where it is to go. */
function judgeForce(
  { target, server }: Cluster,
  watch: Watch,
  { life, found }: { life: Life; found: string },
): void {
  if (!isDone(life)) watch.offend('stands', `${found}, not in force, though nobody interfered`);
  const served = servedBy(target, server, life);
  if (isDeepStrictEqual(served, intendedBy(life))) return;
  watch.offend('stands', `${found}, and serves ${served.join('/')}`);
}

function intendedBy({ last }: Life): number[] {
  return (last.status?.currentWeightDistribution ?? []).map(({ value }) => value);
}

function servedBy(target: Target, server: Reader, { last }: Life): (number | undefined)[] {
  const { baselineRevision = '', candidateRevision = '' } = last.status?.target ?? {};
  return ([0, 1] as const).map((index) => {
    const revision = [baselineRevision, candidateRevision][index]!;
    return target.served(server, { index, revision });
  });
}

/** Whether the outcome is said to be in force; one that is gone said nothing at the end. */
function isDone(life: Life): boolean {
  return isKept(life) || life.isGone || hasTrue(life, 'Promoted') || hasTrue(life, 'RolledBack');
}

function isPromoted({ last }: Life): boolean {
  return ['Promote', 'Keep'].includes(last.status?.outcome?.decision ?? '');
}

function isKept({ last }: Life): boolean {
  return last.status?.outcome?.decision === 'Keep';
}

/** How an experiment ended, in a few words. */
export function endOf(life: Life): string {
  const { last, isGone, isSucceeded } = life;
  const stage = stageOf(last);
  if (stage === 'New' && isSucceeded) return 'retried before it began';
  if (last.status?.outcome) return outcomeOf(life, last.status);
  if (isGone) return `gone while ${stage}`;
  return stage === 'Completed' ? `failed ${reasonIn(life)}` : `still ${stage}`;
}

function reasonIn({ last }: Life): string {
  return last.status?.conditions?.find(({ type }) => type === 'Ready')?.reason ?? '';
}

function outcomeOf(life: Life, { outcome, stage, versionInfo }: ExperimentStatus): string {
  const { decision, reason } = outcome!;
  const isLost = versionInfo && stage === 'Completed' && !isDone(life);
  return `${decision} ${reason}${isLost ? ', not in force' : ''}${life.isGone ? ', gone' : ''}`;
}
