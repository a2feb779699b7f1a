// What people and other controllers do to the cluster.
import type {
  ExperimentSpec,
  ExperimentStatus,
  FreezeWindow,
} from '../../functions/lib/types/experiment.gen.ts';
import { at, criteriaOf, strategyOf } from '../fixtures.ts';

import type { Manifest } from './api-server.ts';
import type { Cluster } from './cluster.ts';
import type { Command, Edit, Order, Schedule } from './schedule.ts';
import type { Target } from './targets.ts';

/** What is being done to a cluster: by whom, and until when. */
export type Doings = Cluster & {
  schedule: Schedule;
  /** Until when no tick comes. */
  noTicksUntil: Date;
  /** The paths of experiments that are yet to be created again. */
  awaited: Set<string>;
  /** Whether nobody suspends anything any more. */
  isCalm: boolean;
};

const NAMES = ['exp', 'rival', 'third'];
const TARGET = 'team/model';
const OTHERS = 'example.com/others';
const OTHERS_TAKE_SECONDS = 7;

/** The path of an experiment, by its number. */
function pathOf({ orders }: Schedule, number: number): string {
  const index = number % orders.length;
  const { namespace } = orders[index]!;
  return `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments/${NAMES[index]!}`;
}

/** Creates the experiment of an order, if there is none of its name. */
export function create(doings: Doings, number: number): void {
  const { server, schedule, target } = doings;
  tryTo(() => {
    const index = number % schedule.orders.length;
    const order = schedule.orders[index]!;
    const isSuspended = order.isSuspended && !doings.isCalm;
    const manifest = experimentOf({ ...order, isSuspended }, NAMES[index]!, target);
    server.create(pathOf(schedule, number), manifest);
  });
}

function createOnceGone(doings: Doings, number: number): void {
  if (!doings.server.get(pathOf(doings.schedule, number))) {
    doings.awaited.delete(pathOf(doings.schedule, number));
    create(doings, number);
    return;
  }
  doings.agenda.after(1, () => {
    createOnceGone(doings, number);
  });
}

/** Has the others give up an experiment that is being deleted, after a while. */
export function startOthers({ server, agenda }: Cluster): void {
  server.onChange(({ path, before, after }) => {
    if (!after?.metadata.deletionTimestamp || before?.metadata.deletionTimestamp) return;
    if (!after.metadata.finalizers?.includes(OTHERS)) return;
    agenda.after(OTHERS_TAKE_SECONDS, () => {
      server.change(path, ({ metadata, ...rest }) => {
        const finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== OTHERS);
        return { ...rest, metadata: { ...metadata, finalizers } };
      });
    });
  });
}

type Acts = {
  [Name in Command['do']]: (doings: Doings, command: Extract<Command, { do: Name }>) => void;
};

const ACTS: Acts = {
  delete: ({ server, schedule }, { experiment }) => {
    server.remove(pathOf(schedule, experiment));
  },
  'delete and create again': (doings, { experiment }) => {
    const path = pathOf(doings.schedule, experiment);
    if (!doings.server.get(path)) return;
    doings.server.remove(path);
    if (doings.awaited.has(path)) return;
    doings.awaited.add(path);
    createOnceGone(doings, experiment);
  },
  label: (doings, { experiment }) => {
    changeExperiment(doings, experiment, ({ metadata, ...rest }) => {
      const labels = { ...metadata.labels, touched: doings.agenda.now().toISOString().slice(11) };
      return { ...rest, metadata: { ...metadata, labels } };
    });
  },
  edit: (doings, { experiment, edit }) => {
    changeSpec(doings, experiment, (spec) => edited(spec, edit));
  },
  suspend: (doings, { experiment, seconds }) => {
    changeSpec(doings, experiment, (spec) => ({ ...spec, suspend: true }));
    doings.agenda.after(seconds, () => {
      resume(doings, experiment);
    });
  },
  'give a verdict': (doings, { experiment, verdict }) => {
    changeSpec(doings, experiment, (spec) => ({ ...spec, verdict }));
  },
  retry: (doings, { experiment }) => {
    changeExperiment(doings, experiment, ({ metadata, status, ...rest }) => {
      const run = (status as ExperimentStatus | undefined)?.run ?? 1;
      const annotations = { ...metadata.annotations, 'iter8.tools/retry': String(run + 1) };
      return { ...rest, status, metadata: { ...metadata, annotations } };
    });
  },
  'set the weight': ({ server, target }, { percent }) => {
    target.setWeight(server, percent);
  },
  'deploy a further revision': ({ server, target }, { percent }) => {
    target.supersede(server, percent);
  },
  'break the candidate': ({ kserve, target, agenda }, { seconds }) => {
    target.setReady(kserve, false);
    agenda.after(seconds, () => {
      target.setReady(kserve, true);
    });
  },
  'delete the target': ({ server, target }) => {
    for (const path of target.paths) server.remove(path);
  },
  'create the target again': ({ server, target, agenda }) => {
    if (target.paths.some((path) => server.get(path))) return;
    tryTo(() => {
      target.deploy(server, agenda);
    });
  },
  'delete the namespace': ({ server, target }) => {
    server.terminate('team');
    for (const { metadata } of server.list('Experiment')) {
      const { namespace, name } = metadata;
      if (namespace !== 'team') continue;
      server.remove(`/apis/iter8.tools/v2alpha2/namespaces/team/experiments/${name}`);
    }
    for (const path of target.paths) server.remove(path);
  },
  'stop the ticks': (doings, { seconds }) => {
    doings.noTicksUntil = new Date(doings.agenda.now().getTime() + seconds * 1000);
  },
  tick: ({ publish, agenda }) => {
    publish({ id: `tick-${agenda.now().getTime()}`, type: 'dev.knative.sources.ping' });
  },
};

/** Does what a command says, and gives whether there was anything that it could be done to. */
export function obey(doings: Doings, command: Command): boolean {
  const { version } = doings.server;
  const before = version();
  (ACTS[command.do] as (doings: Doings, command: Command) => void)(doings, command);
  return version() !== before || command.do === 'tick' || command.do === 'stop the ticks';
}

function changeExperiment(
  { server, schedule }: Doings,
  number: number,
  to: Parameters<Cluster['server']['change']>[1],
): void {
  const path = pathOf(schedule, number);
  if (server.get(path)) server.change(path, to);
}

function changeSpec(
  doings: Doings,
  number: number,
  to: (spec: ExperimentSpec) => ExperimentSpec,
): void {
  changeExperiment(doings, number, (object) => ({
    ...object,
    spec: to(object.spec as ExperimentSpec),
  }));
}

function resume(doings: Doings, number: number): void {
  changeSpec(doings, number, (spec) => ({ ...spec, suspend: undefined }));
}

/** Has nothing suspended any more, from now on. */
export function calmDown(doings: Doings): void {
  doings.isCalm = true;
  for (const number of doings.schedule.orders.keys()) resume(doings, number);
}

/** What the API server refuses does not happen. */
function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    return;
  }
}

function edited(spec: ExperimentSpec, edit: Edit): ExperimentSpec {
  const [[field, value]] = Object.entries(edit) as [[string, never]];
  return (EDITS as Record<string, (spec: ExperimentSpec, value: never) => ExperimentSpec>)[field]!(
    spec,
    value,
  );
}

type Edits = {
  [One in Edit as keyof One & string]: (
    spec: ExperimentSpec,
    value: One[keyof One],
  ) => ExperimentSpec;
};

const EDITS: Edits = {
  iterations: (spec, iterationsPerLoop) => ({
    ...spec,
    duration: { ...spec.duration, iterationsPerLoop },
  }),
  interval: (spec, intervalSeconds) => ({
    ...spec,
    duration: { ...spec.duration, intervalSeconds },
  }),
  limit: (spec, upperLimit) => {
    const objectives = spec.criteria!.objectives!.map((one) => ({ ...one, upperLimit }));
    return { ...spec, criteria: { ...spec.criteria!, objectives } };
  },
  cap: (spec, maxCandidateWeight) =>
    withStrategy(spec, { weights: { ...spec.strategy.weights, maxCandidateWeight } }),
  pattern: (spec, deploymentPattern) => withStrategy(spec, { deploymentPattern }),
  testingPattern: (spec, testingPattern) => withStrategy(spec, { testingPattern }),
  approval: (spec, approval) => withStrategy(spec, { approval }),
  target: (spec, which) => ({ ...spec, target: which === 'another' ? 'elsewhere' : TARGET }),
};

function withStrategy(
  spec: ExperimentSpec,
  change: Partial<ExperimentSpec['strategy']>,
): ExperimentSpec {
  return { ...spec, strategy: { ...spec.strategy, ...change } };
}

function experimentOf(order: Order, name: string, target: Target): Manifest {
  const { namespace, pattern, isStrict, iterations, interval } = order;
  const isConformance = pattern === 'Conformance';
  const { versionInfo } = target;
  const spec: ExperimentSpec = {
    target: TARGET,
    ...(versionInfo && {
      versionInfo: isConformance ? { baseline: { name: 'default' } } : versionInfo,
    }),
    ...(order.isSuspended && { suspend: true }),
    strategy: strategyFor(order),
    criteria: criteriaOf({
      requestCount: 'team/requests',
      consecutiveErrorLimit: order.errorLimit,
      objectives: [
        { metric: 'team/latency', upperLimit: 50, ...(isStrict && { rollback_on_failure: true }) },
      ],
    })!,
    duration: { intervalSeconds: interval, iterationsPerLoop: iterations, maxLoops: 1 },
  };
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: {
      name,
      namespace,
      labels: { team: 'blue' },
      annotations: { 'example.com/note': 'kept' },
      ...(order.isAlsoOthers && { finalizers: [OTHERS] }),
    },
    spec,
  };
}

function strategyFor(order: Order): ExperimentSpec['strategy'] {
  const { pattern, increment, promotion, approval, freeze } = order;
  const isConformance = pattern === 'Conformance';
  return strategyOf({
    testingPattern: isConformance ? 'Conformance' : 'Canary',
    deploymentPattern: isConformance ? 'Progressive' : pattern,
    weights: {
      maxCandidateWeightIncrement: increment,
      ...(pattern === 'FixedSplit' && { split: [60, 40] }),
    },
    ...(promotion === 'ByActions' && { promotion }),
    ...(approval && { approval }),
    ...(freeze && { freeze: { effect: freeze.effect, windows: [windowOf(freeze)] } }),
  });
}

function windowOf({ from, seconds }: NonNullable<Order['freeze']>): FreezeWindow {
  const start = at(from).toISOString().slice(0, 19);
  return { rule: 'FREQ=DAILY', start, timeZone: 'UTC', durationSeconds: seconds };
}
