// Everything around the experiments of a simulated cluster, started and in order at first.
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import type { Received } from '../../functions/lib/runtime/event.ts';
// Loaded when it is first needed: that takes true time, which a simulation does not have.
import '../../functions/lib/schedule/freeze.ts';
import { at } from '../fixtures.ts';
import { agendaFrom, type Agenda } from './agenda.ts';
import { startApiServer, type ApiServer, type Manifest } from './api-server.ts';
import { startBroker, startSources, startTicks, type Publish } from './broker.ts';
import type { Invocation, Mishap } from './faults.ts';
import { invoker, type Clocks } from './functions.ts';
import { startKServe, type KServe } from './kserve.ts';
import type { Target, TargetOf } from './targets.ts';

/** How the cluster is other than it should be. */
export type Disorder = {
  /** Says what befalls a call of the functions, or does something else first; calls count from 1. */
  befall?: (call: Numbered, cluster: Cluster) => Mishap | undefined;
  /** The seconds that a call is on its way. */
  latency?: () => number;
  /** The seconds after which an event arrives: once for each; none where it is lost. */
  arrivals?: (event: Received) => readonly number[];
  clocks?: Clocks;
  /** Whether there is no Broker for the sweep to hand over to. */
  isWithoutBroker?: boolean;
  isTickMissing?: () => boolean;
};

/** A call of a function, such as "iterate PUT experiments/status". */
export type Numbered = { number: number; name: string; invocation: Invocation };

export type Cluster = {
  agenda: Agenda;
  server: ApiServer;
  kserve: KServe;
  target: Target;
  publish: Publish;
  /** The calls that the functions have made, in the order in which they arrived. */
  calls: string[];
};

/** What makes a cluster what it is. */
export type Making = {
  target: TargetOf;
  disorder: Disorder;
  measure: (query: InstantQuery, cluster: Cluster) => Measurement;
  /** Gives the series of a selector; without it there are none. */
  count?: (query: InstantQuery) => SeriesAnswer;
  /** Hears of errors that no function may end with. */
  onSurprise: (error: unknown) => void;
};

const FIRST_TICK_SECONDS = 13;
const ON_TIME: Clocks = { start: [0], iterate: [0], finish: [0] };

let clusters = 0;

/** Starts a cluster with a target that is ready ten seconds later. */
export function startCluster({
  target: of,
  disorder,
  measure,
  count = () => ({ kind: 'Series', isRange: true, series: [] }),
  onSurprise,
}: Making): Cluster {
  // A group of its own for each run, because the functions remember what they know of a group.
  const target = of(`run-${++clusters}.example.com`);
  const { befall, latency = () => 0.01, arrivals = () => [0.02] } = disorder;
  const { clocks = ON_TIME, isWithoutBroker = false, isTickMissing } = disorder;
  const agenda = agendaFrom(at(0));
  const server = startApiServer(agenda.now);
  const kserve = startKServe(server, agenda);
  const calls: string[] = [];
  const publish: Publish = startBroker(agenda, arrivals, (name, event) => invoke(name, event));
  const cluster: Cluster = { agenda, server, kserve, target, publish, calls };
  const invoke = invoker({
    agenda,
    server,
    publish,
    clocks,
    isHandingOver: !isWithoutBroker,
    measure: (query) => measure(query, cluster),
    count,
    befall: (name, invocation) => {
      const number = calls.push(name);
      return befall?.({ number, name, invocation }, cluster);
    },
    latency,
    onSurprise,
  });
  startSources(server, publish);
  for (const [path, object] of SURROUNDINGS) server.create(path, object);
  target.deploy(server, agenda);
  agenda.after(FIRST_TICK_SECONDS, () => {
    startTicks(agenda, publish, isTickMissing);
  });
  return cluster;
}

/** The Metrics that the experiments mention, and the namespace that admits them, by their paths. */
const SURROUNDINGS: readonly [path: string, object: Manifest][] = [
  [
    '/api/v1/namespaces/team',
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'team',
        namespace: '',
        annotations: { 'iter8.tools/experiments-from': 'other' },
      },
    },
  ],
  metric('requests'),
  metric('latency'),
  rate('errors'),
  rate('sales'),
];

/** A Metric of what is counted as a part of the requests. */
function rate(name: string): [path: string, object: Manifest] {
  const selector = (counter: string): string => `${counter}{version="$name",revision="$revision"}`;
  const evidence = { kind: 'Rate', events: selector(name), trials: selector('requests') };
  const [path, { spec, ...object }] = metric(name);
  return [path, { ...object, spec: { ...(spec as object), evidence } }];
}

function metric(name: string): [path: string, object: Manifest] {
  return [
    `/apis/iter8.tools/v2alpha2/namespaces/team/metrics/${name}`,
    {
      apiVersion: 'iter8.tools/v2alpha2',
      kind: 'Metric',
      metadata: { name, namespace: 'team' },
      spec: {
        provider: 'prometheus',
        urlTemplate: 'http://prometheus:9090/api/v1/query',
        params: [{ name: 'query', value: `${name} $name $revision $elapsedTime` }],
      },
    },
  ];
}
