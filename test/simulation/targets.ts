// What an experiment can act on, as it is in the simulated cluster.
import type { VersionInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { Agenda } from './agenda.ts';
import type { ApiServer } from './api-server.ts';

/** A target. Weights are the baseline's and the candidate's, in percent. */
export type Target = {
  /** Has it come to be with all traffic on the baseline; done within ten seconds. */
  deploy: (server: ApiServer, agenda: Agenda) => void;
  versionInfo?: VersionInfo;
  /** The weights that it is told to have. */
  told: (server: ApiServer) => [number, number];
  /** The weights that its traffic has, by its own account. */
  served: (server: ApiServer) => [number, number];
};

/** Makes a target; its kinds may be of the group given, so that the functions have to look them up. */
export type TargetOf = (group: string) => Target;

const SERVICE = '/apis/serving.kserve.io/v1beta1/namespaces/team/inferenceservices/model';

type Service = {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status: { components: { predictor: { traffic: { percent: number; revisionName: string }[] } } };
};

/** An InferenceService with a second revision that has no traffic yet. */
export const inferenceService: TargetOf = () => ({
  deploy: (server, agenda) => {
    server.create(SERVICE, {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: 'model', namespace: 'team' },
      spec: { predictor: { model: { storageUri: 'gs://models/1' } } },
    });
    agenda.after(5, () => {
      const predictor = { model: { storageUri: 'gs://models/2' }, canaryTrafficPercent: 0 };
      server.change(SERVICE, (service) => ({ ...service, spec: { predictor } }));
    });
  },
  told: (server) => {
    const { spec } = server.get(SERVICE) as unknown as Service;
    const percent = spec.predictor.canaryTrafficPercent ?? 100;
    return [100 - percent, percent];
  },
  served: (server) => {
    const { status } = server.get(SERVICE) as unknown as Service;
    const share = (revision: string): number =>
      status.components.predictor.traffic
        .filter(({ revisionName }) => revisionName === revision)
        .reduce((sum, { percent }) => sum + percent, 0);
    return [share('model-predictor-00001'), share('model-predictor-00002')];
  },
});

type Place = { name: string; index: number };

/** Weights in lists of routes: of one object, or of one for each version. */
export function routes(names: [baseline: string, candidate: string]): TargetOf {
  const places = names.map((name, index) => ({ name, index }));
  return (group) => {
    const path = (name: string): string => `/apis/${group}/v1/namespaces/team/routes/${name}`;
    const told = (server: ApiServer): [number, number] => {
      const weight = ({ name, index }: Place): number => {
        const { spec } = server.get(path(name)) as unknown as Routing;
        return spec.http[0]!.route[index]!.weight;
      };
      return [weight(places[0]!), weight(places[1]!)];
    };
    return {
      deploy: (server) => {
        for (const name of new Set(names)) server.create(path(name), routing(group, name));
      },
      versionInfo: versionInfo(group, places),
      told,
      served: told,
    };
  };
}

type Routing = { spec: { http: { route: { weight: number }[] }[] } };

function routing(
  group: string,
  name: string,
): {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Routing['spec'];
} {
  return {
    apiVersion: `${group}/v1`,
    kind: 'Route',
    metadata: { name, namespace: 'team' },
    spec: { http: [{ route: [{ weight: 100 }, { weight: 0 }] }] },
  };
}

function versionInfo(group: string, places: readonly Place[]): VersionInfo {
  const [baseline, candidate] = places.map(({ name, index }) => ({
    name: ['default', 'canary'][index]!,
    weightObjRef: {
      apiVersion: `${group}/v1`,
      kind: 'Route',
      name,
      fieldPath: `.spec.http[0].route[${index}].weight`,
    },
  }));
  return { baseline: baseline!, candidates: [candidate!] };
}
