// Begins experiments, follows them to their ends, and begins others in their places.
import type { Stoppable } from '../../sandbox/http.ts';
import { KubeError, type Kube, type KubeObject } from '../../sandbox/kube.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { StandIns } from '../scale/stand-ins.ts';
import type { Kind } from './kinds.ts';
import { hasEnded, outcomeMoves, problemsOf, see, seeShare, type Life } from './life.ts';
import {
  baselineObject,
  candidateChange,
  experimentObject,
  experimentsPath,
  servicesPath,
} from './manifests.ts';

/** How the lives of one kind have ended. */
export type Tally = { right: number; excused: number; wrong: number; moves: number };

/** What the lives need, and how long they may take. */
export type LivesOptions = {
  kube: Kube;
  standIns: StandIns;
  kinds: readonly Kind[];
  intervalSeconds: number;
  /** How long the target is watched after an end, in milliseconds. */
  settleMs: number;
  onProblem: (text: string) => void;
};

/** The lives under way; they are followed until it is stopped. */
export interface Lives extends Stoppable {
  readonly underWay: number;
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Begins one more. */
  begin: () => Promise<void>;
  /** Does what is due, and gives how many lives have ended since the last call. */
  look: () => number;
  /** What is under way, a line each. */
  describe: () => string[];
}

type Context = LivesOptions & {
  byName: Map<string, Life>;
  byService: Map<string, Life>;
  tallies: Map<string, Tally>;
};

type Service = KubeObject & {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status?: { components?: { predictor?: { latestRolledoutRevision?: string } } };
};

const NAMESPACES = 5;
const PATIENCE_MS = 4 * 60_000;
const PATIENCE_INTERVALS = 10;
/** Another run whose event is lost is found by a look at all that are completed, every 10 minutes. */
const RETRY_PATIENCE_MS = 13 * 60_000;
const NOT_FOUND = 404;

/** Creates the namespaces and watches what will be in them. */
export async function startLives(options: LivesOptions): Promise<Lives> {
  const { kube } = options;
  const context: Context = {
    ...options,
    ...{ byName: new Map(), byService: new Map(), tallies: new Map() },
  };
  for (let index = 0; index < NAMESPACES; index++) {
    const metadata = { name: `soak-${index}` };
    await kube.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  }
  const watches = [await watchExperiments(context), await watchServices(context)];
  let begun = 0;
  return {
    get underWay() {
      return context.byName.size;
    },
    tallies: context.tallies,
    begin: () => begin(context, begun++),
    look: () => lookAt(context),
    describe: () => [...context.byName.values()].map(titleOf),
    stop: async () => {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };
}

function watchExperiments(context: Context): Promise<Stoppable> {
  const { kube, byName } = context;
  const told = (experiment: Experiment): void => {
    const life = byName.get(keyOf(experiment));
    if (!life) return;
    see(life, experiment);
    act(context, life);
  };
  return kube.watch<Experiment>(
    '/apis/iter8.tools/v2alpha2/experiments',
    {},
    {
      listed: (experiments) => {
        experiments.forEach(told);
      },
      changed: (type, experiment) => {
        const life = byName.get(keyOf(experiment));
        if (type !== 'DELETED') told(experiment);
        else if (life) life.isGone = true;
      },
    },
  );
}

function watchServices({ kube, byService }: Context): Promise<Stoppable> {
  const told = (service: Service): void => {
    const life = byService.get(keyOf(service));
    if (!life) return;
    const { predictor } = service.spec;
    seeShare(life, Number(service.metadata.resourceVersion), predictor.canaryTrafficPercent);
    life.rolledOut ??= service.status?.components?.predictor?.latestRolledoutRevision;
  };
  return kube.watch<Service>(
    '/apis/serving.kserve.io/v1beta1/inferenceservices',
    {},
    {
      listed: (services) => {
        services.forEach(told);
      },
      changed: (type, service) => {
        if (type !== 'DELETED') told(service);
      },
    },
  );
}

function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function titleOf({ namespace, name, last }: Life): string {
  const { stage = 'New', message = '' } = last?.status ?? {};
  return `${namespace}/${name}: ${stage}: ${message}`;
}

/** The candidate and the experiment follow once the baseline is seen to serve: see `look`. */
async function begin(context: Context, number: number): Promise<void> {
  const { kube, kinds, byName, byService, onProblem } = context;
  const kind = kinds[number % kinds.length]!;
  const life: Life = {
    kind,
    namespace: `soak-${number % NAMESPACES}`,
    name: `${kind.name}-${number}`,
    service: `${kind.behaviour}-${number}`,
    begunAt: Date.now(),
    acts: new Map(),
    sightings: [],
    shares: [],
    isGone: false,
  };
  byName.set(`${life.namespace}/${life.name}`, life);
  byService.set(`${life.namespace}/${life.service}`, life);
  await kube.create(servicesPath(life.namespace), baselineObject(life)).catch((error: unknown) => {
    onProblem(`${life.name} could not be begun: ${String(error)}`);
  });
}

const DEPLOYED = 'deploy';

async function deploy({ kube, intervalSeconds }: Context, life: Life): Promise<void> {
  const { kind, namespace, service } = life;
  const isWatchedOnly = kind.end.decision === 'Keep';
  if (!isWatchedOnly) await kube.patch(`${servicesPath(namespace)}/${service}`, candidateChange());
  await kube.create(experimentsPath(namespace), experimentObject(life, intervalSeconds));
}

/** Does once what the kind does to its experiments, when its time has come. */
function act(context: Context, life: Life): void {
  const { last, acts, kind } = life;
  if (!last || life.isGone) return;
  const ago = (name: string): number => (Date.now() - (acts.get(name) ?? Infinity)) / 1000;
  for (const { name, when, do: what, patch } of kind.acts) {
    if (acts.has(name) || !when(last, ago)) continue;
    attempt(context, life, name, async () => {
      const path = `${experimentsPath(life.namespace)}/${life.name}`;
      if (what === 'mend') context.standIns.mend(`${life.namespace}/${life.service}`);
      else if (what === 'delete') await context.kube.remove(path);
      else await context.kube.patch(path, patch!);
    });
  }
}

function attempt(
  { onProblem }: Context,
  life: Life,
  name: string,
  work: () => Promise<void>,
): void {
  life.acts.set(name, Date.now());
  work().catch((error: unknown) => {
    onProblem(`${life.name}: ${name} was refused: ${String(error)}`);
  });
}

function lookAt(context: Context): number {
  const now = Date.now();
  let ended = 0;
  for (const life of [...context.byName.values()]) {
    if (life.rolledOut !== undefined && !life.acts.has(DEPLOYED)) {
      attempt(context, life, DEPLOYED, () => deploy(context, life));
    }
    act(context, life);
    if (hasEnded(life)) life.endedAt ??= now;
    const isSettled = life.endedAt !== undefined && now - life.endedAt >= context.settleMs;
    if (!isSettled && now - life.begunAt < patienceOf(context, life)) continue;
    end(context, life);
    ended += 1;
  }
  return ended;
}

function patienceOf({ intervalSeconds }: Context, { kind }: Life): number {
  const patienceMs = kind.end.run > 1 ? RETRY_PATIENCE_MS : PATIENCE_MS;
  return patienceMs + PATIENCE_INTERVALS * intervalSeconds * 1000;
}

function end(context: Context, life: Life): void {
  const { byName, byService, onProblem } = context;
  const { namespace, name, service, kind, last } = life;
  const isLate = life.endedAt === undefined;
  const problems = isLate
    ? [`it does not end: ${titleOf(life)}`]
    : problemsOf(life, hadTroubleAtTheEnd(context, life));
  for (const problem of problems) onProblem(`${namespace}/${name}: ${problem}`);
  const isUsual = last?.status?.outcome?.reason === kind.end.reason;
  const tally = tallyOf(context, kind);
  tally[problems.length > 0 ? 'wrong' : isUsual ? 'right' : 'excused'] += 1;
  tally.moves += outcomeMoves(life);
  byName.delete(`${namespace}/${name}`);
  byService.delete(`${namespace}/${service}`);
  void clear(context, life);
}

/** Whether a query of the last iteration was made to fail. */
function hadTroubleAtTheEnd({ standIns }: Context, { namespace, service, last }: Life): boolean {
  const { evaluationTime } = last?.status ?? {};
  if (evaluationTime === undefined) return false;
  return standIns.hadTrouble(`${namespace}/${service}`, Date.parse(evaluationTime));
}

function tallyOf({ tallies }: Context, { name }: Kind): Tally {
  const tally = tallies.get(name) ?? { right: 0, excused: 0, wrong: 0, moves: 0 };
  tallies.set(name, tally);
  return tally;
}

async function clear({ kube, onProblem }: Context, life: Life): Promise<void> {
  const { namespace, name, service } = life;
  for (const path of [
    `${experimentsPath(namespace)}/${name}`,
    `${servicesPath(namespace)}/${service}`,
  ]) {
    await kube.remove(path).catch((error: unknown) => {
      const isGone = error instanceof KubeError && error.code === NOT_FOUND;
      if (!isGone) onProblem(`${path} could not be removed: ${String(error)}`);
    });
  }
}
