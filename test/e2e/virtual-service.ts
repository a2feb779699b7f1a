// Two versions of an application behind an Istio VirtualService, whose weights the sandbox obeys.
import { parseBehaviour } from '../../sandbox/behaviour.ts';
import { startLoad } from '../../sandbox/load.ts';
import type { Cluster } from './cluster.ts';
import {
  apply,
  experimentObject,
  getExperiment,
  getService,
  keepLoad,
  type Scenario,
} from './scenario.ts';

const VERSIONS = ['app-v1', 'app-v2'];

type VirtualService = {
  spec: { http: { route: { destination: { host: string }; weight: number }[] }[] };
};

/** Starts the versions, the traffic, and an experiment over the VirtualService's weights. */
export async function startVirtualServiceScenario(
  cluster: Cluster,
  namespace: string,
  candidate: string,
): Promise<Scenario> {
  const { serving } = cluster;
  await apply(cluster, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    virtualService(namespace),
  ]);
  for (const [revision, behaviour] of [
    [VERSIONS[0]!, 'good'],
    [VERSIONS[1]!, candidate],
  ] as const) {
    const labels = { namespace, service: 'app', revision };
    await serving.addRevision(labels, parseBehaviour(`sandbox://${behaviour}`));
  }
  await obey(cluster, namespace);
  const load = startLoad({
    url: `${await serving.open(namespace, 'app')}/v1/models/app:predict`,
    requestsPerSecond: 20,
  });
  keepLoad(cluster, load);
  await apply(cluster, [
    experimentObject(namespace, { spec: { versionInfo: versionInfo(namespace) } }),
  ]);
  return {
    namespace,
    load,
    experiment: () => getExperiment(cluster, namespace),
    service: () => getService(cluster, namespace),
  };
}

function pathOf(namespace: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
}

/** The weights in the VirtualService, baseline first. */
export async function weightsOf({ kube }: Cluster, namespace: string): Promise<number[]> {
  const { spec } = await kube.get<VirtualService>(`${pathOf(namespace)}/app`);
  return spec.http[0]!.route.map(({ weight }) => weight);
}

/** Routes by the VirtualService's weights from now on, as Istio would. */
async function obey({ kube, serving, keep }: Cluster, namespace: string): Promise<void> {
  const route = ({ spec }: VirtualService): void => {
    const shares = spec.http[0]!.route.map(({ destination, weight }) => ({
      revisionName: destination.host,
      percent: weight,
    }));
    serving.route(namespace, 'app', shares);
  };
  const path = pathOf(namespace);
  const listed = (objects: VirtualService[]): void => {
    objects.forEach(route);
  };
  const changed = (_type: string, object: VirtualService): void => {
    route(object);
  };
  keep(await kube.watch<VirtualService>(path, {}, { listed, changed }));
}

function virtualService(namespace: string): object {
  const route = VERSIONS.map((host, index) => ({
    destination: { host },
    weight: index === 0 ? 100 : 0,
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'app', namespace },
    spec: { hosts: ['app.example.com'], http: [{ route }] },
  };
}

function versionInfo(namespace: string): object {
  const [baseline, candidate] = VERSIONS.map((name, index) => ({
    name,
    variables: [
      { name: 'revision', value: name },
      { name: 'namespace', value: namespace },
    ],
    weightObjRef: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      name: 'app',
      fieldPath: `.spec.http[0].route[${index}].weight`,
    },
  }));
  return { baseline, candidates: [candidate] };
}
