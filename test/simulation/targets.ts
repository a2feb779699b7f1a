// What an experiment can act on, as it is in the simulated cluster.
import type { VersionInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { Agenda } from './agenda.ts';
import type { ApiServer, Manifest } from './api-server.ts';
import type { KServe } from './kserve.ts';

/** The baseline's and the candidate's weight, in percent. */
export type Shares = readonly [baseline: number, candidate: number];

/** The revisions of an InferenceService that is deployed and then changed. */
export const REVISIONS = ['model-predictor-00001', 'model-predictor-00002'] as const;

/** Where the objects of a target are looked up. */
export type Reader = Pick<ApiServer, 'get'>;

/** A version: 0 is the baseline, 1 the candidate; and its revision, where there are any. */
export type Served = { index: 0 | 1; revision: string };

/** A target, and what others than the functions may do to it. Where it is gone, they do nothing. */
export type Target = {
  /** The objects that it consists of. */
  paths: readonly string[];
  /** Has it come to be with all traffic on the baseline; done within ten seconds. */
  deploy: (server: ApiServer, agenda: Agenda) => void;
  versionInfo?: VersionInfo;
  /** The weights that it is told to have; undefined where it is gone. */
  told: (objects: Reader) => Shares | undefined;
  /** How much of its traffic a version has by its own account, in percent; undefined where it is gone. */
  served: (objects: Reader, version: Served) => number | undefined;
  setWeight: (server: ApiServer, candidate: number) => void;
  /** Deploys a further revision, where there are any, and may leave the share to it. */
  supersede: (server: ApiServer, share: number | undefined) => void;
  setReady: (kserve: KServe, isReady: boolean) => void;
};

/** Makes a target; its kinds may be of the group given, so that the functions have to look them up. */
export type TargetOf = (group: string) => Target;

const SERVICE = '/apis/serving.kserve.io/v1beta1/namespaces/team/inferenceservices/model';

type Predictor = { canaryTrafficPercent?: number; model: { storageUri: string } };

type Service = {
  spec: { predictor: Predictor };
  status?: {
    components: { predictor: { traffic?: { percent: number; revisionName: string }[] } };
  };
};

/** An InferenceService with a second revision that has no traffic yet. */
export const inferenceService: TargetOf = () => ({
  paths: [SERVICE],
  deploy: (server, agenda) => {
    server.create(SERVICE, {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: 'model', namespace: 'team' },
      spec: { predictor: { model: { storageUri: 'gs://models/1' } } },
    });
    agenda.after(5, () => {
      setPredictor(server, () => ({
        model: { storageUri: 'gs://models/2' },
        canaryTrafficPercent: 0,
      }));
    });
  },
  told: (objects) => {
    const service = objects.get(SERVICE) as unknown as Service | undefined;
    const percent = service?.spec.predictor.canaryTrafficPercent ?? 100;
    return service && [100 - percent, percent];
  },
  served: (objects, { revision }) => {
    const service = objects.get(SERVICE) as unknown as Service | undefined;
    const traffic = service?.status?.components.predictor.traffic ?? [];
    const percents = traffic
      .filter(({ revisionName }) => revisionName === revision)
      .map(({ percent }) => percent);
    return service && percents.reduce((sum, percent) => sum + percent, 0);
  },
  setWeight: (server, canaryTrafficPercent) => {
    setPredictor(server, (predictor) => ({ ...predictor, canaryTrafficPercent }));
  },
  supersede: (server, share) => {
    setPredictor(server, (predictor) => ({
      canaryTrafficPercent: share ?? predictor.canaryTrafficPercent,
      model: { storageUri: `${predictor.model.storageUri}/next` },
    }));
  },
  setReady: (kserve, isReady) => {
    kserve.setReady(SERVICE, isReady);
  },
});

function setPredictor(server: ApiServer, to: (predictor: Predictor) => Predictor): void {
  if (!server.get(SERVICE)) return;
  server.change(SERVICE, (service) => {
    const { predictor } = service.spec as Service['spec'];
    return { ...service, spec: { predictor: to(predictor) } };
  });
}

type Place = { name: string; index: number };

/** Weights in lists of routes: of one object, or of one for each version. */
export function routes(names: [baseline: string, candidate: string]): TargetOf {
  const places = names.map((name, index) => ({ name, index }));
  return (group) => {
    const path = (name: string): string => `/apis/${group}/v1/namespaces/team/routes/${name}`;
    const told = (objects: Reader): Shares | undefined => {
      const weight = ({ name, index }: Place): number | undefined => {
        const object = objects.get(path(name)) as unknown as Routing | undefined;
        return object?.spec.http[0]!.route[index]!.weight;
      };
      const [baseline, candidate] = places.map(weight);
      return baseline === undefined || candidate === undefined ? undefined : [baseline, candidate];
    };
    return {
      paths: [...new Set(names)].map(path),
      deploy: (server) => {
        for (const name of new Set(names)) server.create(path(name), routing(group, name));
      },
      versionInfo: versionInfo(group, places),
      told,
      served: (objects, { index }) => told(objects)?.[index],
      setWeight: (server, candidate) => {
        for (const { name, index } of places) {
          if (server.get(path(name))) {
            setRoute(server, path(name), {
              index,
              weight: index === 0 ? 100 - candidate : candidate,
            });
          }
        }
      },
      supersede: () => undefined,
      setReady: () => undefined,
    };
  };
}

type Routing = { spec: { http: { route: { weight: number }[] }[] } };

function setRoute(
  server: ApiServer,
  path: string,
  { index, weight }: { index: number; weight: number },
): void {
  server.change(path, (object) => {
    const { route } = (object.spec as Routing['spec']).http[0]!;
    return { ...object, spec: { http: [{ route: route.with(index, { weight }) }] } };
  });
}

function routing(group: string, name: string): Manifest & Routing {
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
      namespace: 'team',
      name,
      fieldPath: `.spec.http[0].route[${index}].weight`,
    },
  }));
  return { baseline: baseline!, candidates: [candidate!] };
}
