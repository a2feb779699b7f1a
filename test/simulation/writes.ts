// What the functions must never do to a target.
import { stageOf } from '../../functions/lib/experiment/stages.ts';
import { resolveTarget } from '../../functions/lib/experiment/target.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at } from '../fixtures.ts';
import type { Stored } from './api-server.ts';
import type { Cluster } from './cluster.ts';
import type { Shares } from './targets.ts';
import {
  actsOn,
  holdersIn,
  isHeldStill,
  lifeOf,
  STRAGGLING_SECONDS,
  type Life,
  type Offence,
  type Watch,
} from './life.ts';

/** The weights before a write and after it; undefined where the target is not whole. */
export type Write = {
  path: string;
  from: Shares | undefined;
  to: Shares | undefined;
  /** The object before it. */
  before: Stored | undefined;
};

/** Looks at a write of the target by a function. */
export function checkWrite(cluster: Cluster, watch: Watch, write: Write): void {
  const { path, from, to, before } = write;
  if (!from || !to) return;
  const writtenAt = watch.writtenAt.get(path) ?? at(0);
  const what = `${to.join('/')} written after ${from.join('/')}`;
  const holders = holdersIn(cluster).filter((one) => actsOn(cluster, one));
  if (holders.length === 0 && !isAfterthought(cluster, watch, { from, to })) {
    watch.offend('stands', `${what}, by no experiment on its way`);
  }
  for (const holder of holders) {
    const life = lifeOf(watch, holder);
    const broken = RULES.filter(({ isBroken }) =>
      isBroken({ from, to, holder, life, watch, before, writtenAt }),
    );
    for (const { invariant } of broken) watch.offend(invariant, `${what}, for ${life.title}`);
  }
}

type Case = {
  from: Shares;
  to: Shares;
  holder: Experiment;
  life: Life;
  watch: Watch;
  before: Stored | undefined;
  /** When the object was last written before this. */
  writtenAt: Date;
};

type Rule = { invariant: Offence['invariant']; isBroken: (found: Case) => boolean };

const RULES: readonly Rule[] = [
  {
    invariant: 'unpromoted',
    isBroken: ({ from, to, holder, life }) =>
      to[1] > 99 && to[1] > from[1] && !life.isSwitch && stageOf(holder) !== 'Finishing',
  },
  {
    invariant: 'still',
    isBroken: ({ from, to, holder, life }) =>
      isHeldStill(holder) && stageOf(holder) !== 'Finishing' && !leadsTo({ from, to }, life),
  },
  {
    // What was written since the decision is no longer what a late writer has seen.
    invariant: 'stands',
    isBroken: ({ from, to, life, writtenAt }) =>
      life.decidedAt !== undefined &&
      writtenAt > life.decidedAt &&
      leadsTo({ from: [-1, -1], to: from }, life) &&
      !leadsTo({ from, to }, life),
  },
  {
    invariant: 'theirs',
    isBroken: ({ from, to, holder, life, watch, writtenAt }) =>
      stageOf(holder) === 'Running' &&
      !life.isSwitch &&
      from[1] === 100 &&
      to[1] < 100 &&
      writtenAt.getTime() === watch.interferedAt.getTime() &&
      resolveTarget(holder).type === 'InferenceService',
  },
  {
    invariant: 'theirs',
    isBroken: ({ from, to, holder, before }) => {
      const { candidateRevision } = holder.status?.target ?? {};
      const isStranger = latestIn(before as unknown as Service) !== candidateRevision;
      return to[1] > from[1] && candidateRevision !== undefined && isStranger;
    },
  },
];

type Service = {
  status?: { components: { predictor: { latestCreatedRevision?: string } } };
};

function latestIn(service: Service): string | undefined {
  return service.status?.components.predictor.latestCreatedRevision;
}

/** Whether a write is for an outcome that somebody else completed while its writer was still at it. */
function isAfterthought(
  { agenda }: Cluster,
  { lives }: Watch,
  write: { from: Shares; to: Shares },
): boolean {
  const since = agenda.now().getTime() - STRAGGLING_SECONDS * 1000;
  return [...lives.values()].some(
    (life) => life.endedAt && life.endedAt.getTime() >= since && leadsTo(write, life),
  );
}

/** Whether each weight that a write changes becomes the one that an experiment intends. */
function leadsTo({ from, to }: { from: Shares; to: Shares }, { last }: Life): boolean {
  const { currentWeightDistribution: intended = [] } = last.status ?? {};
  return to.every((weight, index) => {
    return weight === from[index] || weight === intended[index]?.value;
  });
}
