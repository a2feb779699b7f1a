import type { Behaviour } from './behaviour.ts';
import { startServer, type LocalServer, type Stoppable } from './http.ts';
import { startModelServer, type Counts, type ModelServer } from './model-server.ts';
import { seededRandom, seedFor } from './random.ts';
import { createRequestMetrics, type RevisionLabels } from './request-metrics.ts';
import { startSplitter, type Destination } from './splitter.ts';

/** Shares of traffic by revision, in percent. */
export interface Share {
  revisionName: string;
  percent: number;
}

/** The data plane: model servers by revision, and a splitter in front of each service. */
export interface Serving extends Stoppable {
  /** `http://host:port` whose `/metrics` has the requests of every revision, as a collector would. */
  readonly metricsUrl: string;
  /** Opens a service's front door and returns its URL; a second call returns the same one. */
  open(namespace: string, service: string): Promise<string>;
  addRevision(labels: RevisionLabels, behaviour: Behaviour): Promise<void>;
  /** Sends the service's requests to its revisions by these shares from now on. */
  route(namespace: string, service: string, shares: readonly Share[]): void;
  setReady(namespace: string, revision: string, isReady: boolean): void;
  /** A revision's exact counts; throws where there is no such revision. */
  counts(namespace: string, revision: string): Counts;
  /** Stops a service's splitter and its revisions. */
  close(namespace: string, service: string): Promise<void>;
}

interface Service {
  splitter: LocalServer;
  revisions: Map<string, ModelServer>;
  destinations: Destination[];
}

/** Starts an empty data plane; `seed` decides errors, latencies and the splitting. */
export async function startServing(seed = 1): Promise<Serving> {
  const metrics = createRequestMetrics();
  const services = new Map<string, Service>();
  const collector = await startServer((_request, response) => {
    void metrics.text().then((text) => response.end(text));
  });

  const open = async (namespace: string, name: string): Promise<Service> => {
    const key = `${namespace}/${name}`;
    const known = services.get(key);
    if (known !== undefined) return known;
    const random = seededRandom(seedFor(key, seed));
    const splitter = await startSplitter(() => services.get(key)?.destinations ?? [], random);
    const service = { splitter, revisions: new Map<string, ModelServer>(), destinations: [] };
    services.set(key, service);
    return service;
  };
  const find = (namespace: string, revision: string): ModelServer => {
    const server = [...services]
      .filter(([key]) => key.startsWith(`${namespace}/`))
      .map(([, { revisions }]) => revisions.get(revision))
      .find((candidate) => candidate !== undefined);
    if (server === undefined) throw new Error(`no revision ${revision} in ${namespace}`);
    return server;
  };
  const close = async (namespace: string, name: string): Promise<void> => {
    const service = services.get(`${namespace}/${name}`);
    services.delete(`${namespace}/${name}`);
    await service?.splitter.stop();
    for (const [revision, server] of service?.revisions ?? []) {
      await server.stop();
      metrics.forget({ namespace, service: name, revision });
    }
  };

  return {
    metricsUrl: collector.url,
    open: async (namespace, name) => (await open(namespace, name)).splitter.url,
    addRevision: async (labels, behaviour) => {
      const { revisions } = await open(labels.namespace, labels.service);
      const random = seededRandom(seedFor(`${labels.namespace}/${labels.revision}`, seed));
      const server = await startModelServer({ labels, behaviour, random, metrics });
      revisions.set(labels.revision, server);
    },
    route: (namespace, name, shares) => {
      const service = services.get(`${namespace}/${name}`);
      if (service !== undefined) service.destinations = destinationsOf(service, shares);
    },
    setReady: (namespace, revision, isReady) => {
      find(namespace, revision).setReady(isReady);
    },
    counts: (namespace, revision) => find(namespace, revision).counts(),
    close,
    stop: async () => {
      const keys = [...services.keys()].map((key) => key.split('/') as [string, string]);
      await Promise.all(keys.map(([namespace, name]) => close(namespace, name)));
      await collector.stop();
    },
  };
}

function destinationsOf({ revisions }: Service, shares: readonly Share[]): Destination[] {
  return shares.flatMap(({ revisionName, percent }) => {
    const server = revisions.get(revisionName);
    return server === undefined ? [] : [{ url: server.url, weight: percent }];
  });
}
