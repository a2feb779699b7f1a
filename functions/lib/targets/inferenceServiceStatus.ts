import type { AnyObject } from '../kubernetes/objects.ts';

type Condition = { type: string; status: string; message?: string; reason?: string };

type Component = {
  latestCreatedRevision?: string;
  latestReadyRevision?: string;
  latestRolledoutRevision?: string;
  previousRolledoutRevision?: string;
  traffic?: { revisionName?: string; percent?: number }[];
};

/** The parts of an InferenceService that matter to an experiment. */
export type InferenceService = AnyObject & {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status?: {
    deploymentMode?: string;
    conditions?: Condition[];
    components?: { predictor?: Component };
  };
};

/** The predictor's revisions and traffic, empty before KServe has written any. */
export function predictorOf({ status }: InferenceService): Component {
  return status?.components?.predictor ?? {};
}

/** The candidate's share that the spec asks for, in percent. Without the field the latest has all. */
export function canaryPercent({ spec }: InferenceService): number {
  return spec.predictor.canaryTrafficPercent ?? 100;
}

/** How much of the traffic a revision gets by KServe's account, in percent. */
export function trafficOf(revision: string, { traffic = [] }: Component): number {
  return traffic
    .filter(({ revisionName }) => revisionName === revision)
    .reduce((sum, { percent }) => sum + (percent ?? 0), 0);
}

/** Why a revision is not ready, or undefined if it is. `latestReady` lags until it is. */
export function whyNotReady(service: InferenceService, revision: string): string | undefined {
  const predictor = service.status?.conditions?.find(({ type }) => type === 'PredictorReady');
  const said = predictor?.message ?? predictor?.reason;
  const because = said ? ` (KServe: ${said.slice(0, 300)})` : '';
  if (predictorOf(service).latestReadyRevision !== revision) {
    return `revision ${revision} is not ready${because}`;
  }
  return predictor?.status === 'False' ? `the predictor is not ready${because}` : undefined;
}
