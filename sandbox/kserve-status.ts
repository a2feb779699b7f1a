import { isDeepStrictEqual } from 'node:util';

/** What the stand-in reads of an InferenceService. */
export interface InferenceService {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: { predictor: { canaryTrafficPercent?: number; [field: string]: unknown } };
}

/** One entry of status.components.predictor.traffic. */
export interface TrafficEntry {
  latestRevision: boolean;
  percent: number;
  revisionName: string;
  tag?: 'prev';
}

/** status.components.predictor, as far as the stand-in keeps it. */
export interface PredictorStatus {
  latestCreatedRevision?: string;
  latestReadyRevision?: string;
  latestRolledoutRevision?: string;
  previousRolledoutRevision?: string;
  traffic?: TrafficEntry[];
  url?: string;
}

/** A Kubernetes condition. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime: string;
  reason?: string;
  message?: string;
}

/** An InferenceService's status. */
export interface ServiceStatus {
  components: { predictor: PredictorStatus };
  conditions: Condition[];
  deploymentMode: 'Knative' | 'Standard';
  observedGeneration: number;
  url?: string;
}

/** A Knative revision: what it was made from and how it does. */
export interface Revision {
  name: string;
  template: string;
  ready: Condition['status'];
  message?: string;
}

/** What the stand-in knows of one InferenceService: its Knative Service and the status last kept. */
export interface Memory {
  revisions: readonly Revision[];
  knativeSpec: string;
  knativeGeneration: number;
  status?: ServiceStatus;
}

/** What status says besides what the object and the memory imply. */
export interface Surroundings {
  now: string;
  url: string;
}

type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** The memory of an InferenceService that was never reconciled. */
export const UNKNOWN_SERVICE: Memory = { revisions: [], knativeSpec: '', knativeGeneration: 0 };

const ANNOTATIONS_OUTSIDE_TEMPLATE = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'serving.knative.dev/rollout-duration',
];

/**
 * One reconciliation by KServe and Knative together: returns the memory with its new status and,
 * where the revision template changed, a new revision that is not ready yet. Like KServe, it needs
 * a second call where the first one moved latestRolledoutRevision.
 */
export function reconcile(memory: Memory, service: InferenceService, around: Surroundings): Memory {
  if (isStandardMode(service)) return { ...memory, status: standardStatus(memory, around) };
  const before = memory.status?.components.predictor ?? {};
  const revisions = withCurrentTemplate(memory.revisions, service);
  const percent = service.spec.predictor.canaryTrafficPercent;
  const targets = trafficTargets(percent, before.latestRolledoutRevision);
  const latestReadyRevision = newestReady(revisions, before.latestReadyRevision);
  const latest = revisions.at(-1)!;
  const predictor = propagate(before, {
    latestCreatedRevision: latest.name,
    latestReadyRevision,
    traffic: resolveTraffic(targets, latestReadyRevision),
  });
  const knativeSpec = JSON.stringify([latest.template, targets]);
  const isNewSpec = knativeSpec !== memory.knativeSpec;
  const knativeGeneration = memory.knativeGeneration + (isNewSpec ? 1 : 0);
  const findings = conditionsOf(latest, latestReadyRevision !== undefined);
  const status: ServiceStatus = {
    ...servedAt({ memory, findings, url: around.url }, predictor),
    conditions: withTransitionTimes(memory.status?.conditions ?? [], findings, around.now),
    deploymentMode: 'Knative',
    observedGeneration: knativeGeneration,
  };
  return { revisions, knativeSpec, knativeGeneration, status };
}

/** The address, once it has served: a service that was ready keeps it. */
function servedAt(
  found: { memory: Memory; findings: Record<string, Finding>; url: string },
  predictor: PredictorStatus,
): Pick<ServiceStatus, 'components' | 'url'> {
  const { memory, findings, url } = found;
  const isServed = findings['Ready']?.status === 'True' || memory.status?.url !== undefined;
  const address = isServed ? { url } : {};
  return { components: { predictor: { ...predictor, ...address } }, ...address };
}

/** The memory with one revision's readiness changed. */
export function withReadiness(
  memory: Memory,
  name: string,
  change: Pick<Revision, 'ready' | 'message'>,
): Memory {
  const revisions = memory.revisions.map((revision) =>
    revision.name === name ? { ...revision, message: undefined, ...change } : revision,
  );
  return { ...memory, revisions };
}

/** What Knative makes a revision from: all of the predictor but its share, labels, annotations. */
export function revisionTemplate({ metadata, spec }: InferenceService): string {
  const predictor = { ...spec.predictor };
  delete predictor.canaryTrafficPercent;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => !ANNOTATIONS_OUTSIDE_TEMPLATE.includes(name),
  );
  return sortedJson([predictor, metadata.labels ?? {}, Object.fromEntries(annotations)]);
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function withCurrentTemplate(
  revisions: readonly Revision[],
  service: InferenceService,
): readonly Revision[] {
  const template = revisionTemplate(service);
  if (revisions.at(-1)?.template === template) return revisions;
  const number = String(revisions.length + 1).padStart(5, '0');
  const name = `${service.metadata.name}-predictor-${number}`;
  return [...revisions, { name, template, ready: 'Unknown' }];
}

type Target = Omit<TrafficEntry, 'revisionName'> & { revisionName?: string };

function trafficTargets(percent: number | undefined, rolledOut: string | undefined): Target[] {
  const latestRevision = true;
  if (percent === undefined || rolledOut === undefined) return [{ latestRevision, percent: 100 }];
  const latest: Target = { latestRevision, percent };
  if (percent >= 100) return [latest];
  const rest = { revisionName: rolledOut, percent: 100 - percent };
  return [latest, { ...rest, latestRevision: false, tag: 'prev' }];
}

/** Knative never goes back to an older revision here, not even when the newest one breaks. */
function newestReady(revisions: readonly Revision[], current?: string): string | undefined {
  const since = Math.max(
    0,
    revisions.findIndex(({ name }) => name === current),
  );
  return revisions.slice(since).findLast(({ ready }) => ready === 'True')?.name ?? current;
}

function resolveTraffic(targets: Target[], latestReady: string | undefined): TrafficEntry[] {
  if (latestReady === undefined) return [];
  return targets.map((target) => ({ ...target, revisionName: target.revisionName ?? latestReady }));
}

type Observed = Pick<PredictorStatus, 'latestCreatedRevision' | 'latestReadyRevision'> & {
  traffic: TrafficEntry[];
};

function propagate(before: PredictorStatus, observed: Observed): PredictorStatus {
  const { traffic, ...revisions } = observed;
  return {
    ...before,
    ...revisions,
    ...rolledOut(before, observed),
    ...(traffic.length > 0 && { traffic }),
  };
}

/** Which revision counts as rolled out, and which one did before it: moves by the latest's share. */
function rolledOut(before: PredictorStatus, observed: Observed): Partial<PredictorStatus> {
  const latest = observed.traffic.find(({ latestRevision }) => latestRevision);
  if (latest === undefined) return {};
  const { latestRolledoutRevision, previousRolledoutRevision } = before;
  if (latestRolledoutRevision !== latest.revisionName) {
    if (latest.percent !== 100) return {};
    return {
      latestRolledoutRevision: latest.revisionName,
      ...(latestRolledoutRevision && { previousRolledoutRevision: latestRolledoutRevision }),
    };
  }
  const isSplitOverItself =
    latest.percent < 100 && sharesOf(observed.traffic, latest.revisionName) === 100;
  const isNewest = observed.latestReadyRevision === observed.latestCreatedRevision;
  return isNewest && isSplitOverItself && previousRolledoutRevision !== undefined
    ? { latestRolledoutRevision: previousRolledoutRevision }
    : {};
}

function sharesOf(traffic: TrafficEntry[], revisionName: string): number {
  return traffic
    .filter((entry) => entry.revisionName === revisionName)
    .reduce((sum, { percent }) => sum + percent, 0);
}

function conditionsOf(latest: Revision, isRouted: boolean): Record<string, Finding> {
  const configuration = configurationReady(latest);
  const route: Finding = isRouted
    ? { status: 'True' }
    : {
        status: 'Unknown',
        reason: 'RevisionMissing',
        message: 'The configuration is waiting for a revision to become ready.',
      };
  const predictor = configuration.status === 'True' ? route : configuration;
  const ingress =
    predictor.status === 'True'
      ? predictor
      : { status: predictor.status, reason: 'Predictor ingress not created' };
  return {
    IngressReady: ingress,
    LatestDeploymentReady: configuration,
    PredictorConfigurationReady: configuration,
    PredictorReady: predictor,
    PredictorRouteReady: route,
    Ready: predictor,
    RoutesReady: route,
    Stopped: { status: 'False' },
  };
}

function configurationReady({ name, ready, message }: Revision): Finding {
  if (ready === 'True') return { status: 'True' };
  if (ready === 'Unknown') return { status: 'Unknown', reason: 'Deploying' };
  const text = `Revision "${name}" failed with message: ${message ?? 'the container is not ready'}.`;
  return { status: 'False', reason: 'RevisionFailed', message: text };
}

function withTransitionTimes(
  before: Condition[],
  findings: Record<string, Finding>,
  now: string,
): Condition[] {
  return Object.entries(findings).map(([type, finding]) => {
    const old = before.find((condition) => condition.type === type);
    const isSame = old?.status === finding.status;
    return { type, lastTransitionTime: isSame ? old.lastTransitionTime : now, ...finding };
  });
}

function isStandardMode({ metadata }: InferenceService): boolean {
  const mode = metadata.annotations?.['serving.kserve.io/deploymentMode'];
  return mode === 'Standard' || mode === 'RawDeployment';
}

function standardStatus(memory: Memory, { now, url }: Surroundings): ServiceStatus {
  const ready: Finding = { status: 'True' };
  const findings = { IngressReady: ready, PredictorReady: ready, Ready: ready };
  return {
    components: { predictor: { url } },
    conditions: withTransitionTimes(memory.status?.conditions ?? [], findings, now),
    deploymentMode: 'Standard',
    observedGeneration: 1,
    url,
  };
}

/** Whether two statuses say the same. */
export function isSameStatus(a: ServiceStatus | undefined, b: ServiceStatus | undefined): boolean {
  return isDeepStrictEqual(a, b);
}
