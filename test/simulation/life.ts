// What must hold in a simulated cluster, and what is known of its experiments.
import { stageOf } from '../../functions/lib/experiment/stages.ts';
import { resolveTarget } from '../../functions/lib/experiment/target.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Cluster } from './cluster.ts';

/** What must hold, whatever happens. */
export const INVARIANTS = {
  forward: 'the stage only moves forward within a run',
  alone: 'one experiment at a time has the target',
  intended: 'in the end the target has the weights of the status',
  unpromoted: 'nothing above 99 before Finishing',
  restored: 'a candidate that was not promoted ends without traffic',
  history: 'history has one point per iteration',
  counted: 'iterations are counted one by one',
  kept: 'what others wrote stays',
  ending: 'nothing waits for ever',
  clean: 'nothing is left behind',
  stands: 'the outcome stands',
  expected: 'no unexpected error',
  once: 'what happens once is told once',
  ownSpec: 'the spec is its own',
  still: 'suspended weights stand still',
  theirs: 'what people decided for the target stays',
  deserved: 'the outcome is deserved',
} as const;

/** What happened all the same, and at which second. */
export type Offence = { second: number; invariant: keyof typeof INVARIANTS; what: string };

/** What is known of one run of one experiment: an object with a uid. */
export type Life = {
  title: string;
  beganAt: Date;
  last: Experiment;
  /** Whether it ever had BlueGreen, which somebody may change when it is too late. */
  isSwitch: boolean;
  /** Whether it may have moved traffic. */
  hasHadTraffic: boolean;
  /** When its outcome was decided last. */
  decidedAt?: Date | undefined;
  /** When it was completed, or was gone. */
  endedAt?: Date | undefined;
  isGone: boolean;
  /** Whether there has been a later run. */
  isSucceeded: boolean;
  /** What was told of it that is told once. */
  told: Set<string>;
};

export type Watch = {
  now: () => Date;
  lives: Map<string, Life>;
  /** Which life was written, by the resourceVersion that it had then. */
  byVersion: Map<string, Life>;
  offences: Offence[];
  /** When anybody last wrote an object of the target, by its path. */
  writtenAt: Map<string, Date>;
  /** When others last wrote the target, or had its pods fail. */
  interferedAt: Date;
  /** When they last did more than to set its weights. */
  changedAt: Date;
  offend: (invariant: Offence['invariant'], what: string) => void;
};

/** Held while an experiment may have traffic to give back. */
export const FINALIZER = 'iter8.tools/traffic';
/** Mirrors the stage. */
export const STAGE_LABEL = 'iter8.tools/stage';

/** The run that an experiment is in. */
export function lifeOf({ lives, now }: Watch, experiment: Experiment): Life {
  const { uid, name } = experiment.metadata;
  const key = `${uid}, run ${experiment.status?.run ?? 1}`;
  const known = lives.get(key);
  if (known) return known;
  for (const other of lives.values()) other.isSucceeded ||= other.last.metadata.uid === uid;
  const life: Life = {
    title: `${name} (${key})`,
    beganAt: now(),
    last: experiment,
    isSwitch: false,
    hasHadTraffic: false,
    isGone: false,
    isSucceeded: false,
    told: new Set(),
  };
  lives.set(key, life);
  return life;
}

const WITH_TARGET: readonly string[] = ['Initializing', 'Running', 'Finishing'];

/** The experiments that have a target: beyond Waiting, and not Completed. */
export function holdersIn({ server }: Cluster): Experiment[] {
  return (server.list('Experiment') as unknown as Experiment[]).filter((one) =>
    WITH_TARGET.includes(stageOf(one)),
  );
}

/** Whether an experiment moves the traffic of the cluster's one target. */
export function actsOn({ target }: Cluster, experiment: Experiment): boolean {
  const resolved = resolveTarget(experiment);
  return resolved.type === 'InferenceService'
    ? target.paths.some((path) => path.endsWith(`/${resolved.name}`))
    : resolved.type === 'WeightObjects';
}

/** Whether somebody has suspended an experiment, and the functions have seen it. */
export function isHeldStill({ spec, status }: Experiment): boolean {
  const paused = status?.conditions?.find(({ type }) => type === 'Paused');
  return spec.suspend === true && paused?.status === 'True' && paused.reason === 'Suspended';
}

export function hasTrue({ last }: Life, type: string): boolean {
  const { conditions = [] } = last.status ?? {};
  return conditions.some((one) => one.type === type && one.status === 'True');
}

/** How long a function may still be at work for an experiment that another one has ended. */
export const STRAGGLING_SECONDS = 20;

/** Whether others wrote the target after an experiment's end, or so shortly before that it missed it. */
export function isInterfered({ interferedAt }: Watch, { endedAt }: Life): boolean {
  if (!endedAt) return false;
  return interferedAt.getTime() > endedAt.getTime() - STRAGGLING_SECONDS * 1000;
}
