import type { Contender } from '../experiment/lock.ts';
import type { Row } from '../experiment/nextStep.ts';
import type { Stage } from '../experiment/stages.ts';
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import type { Api } from './client.ts';
import { unless } from './failure.ts';

const GROUP = '/apis/iter8.tools/v2alpha2';

/** Mirrors status.stage, so that event sources can select by it; the status is the truth. */
export const STAGE_LABEL = 'iter8.tools/stage';

/** Held while the experiment may have given traffic away that must be given back. */
export const TRAFFIC_FINALIZER = 'iter8.tools/traffic';

const PAGE = 500;

/** An experiment as the sweep and the lock see it. */
export type Summary = Row & Contender;

/** The experiment, or undefined where there is none of this name. */
export function getExperiment(
  api: Api,
  namespace: string,
  name: string,
): Promise<Experiment | undefined> {
  return unless(['NotFound'], () =>
    api<Experiment>({ method: 'GET', path: pathOf({ namespace, name }) }),
  );
}

/**
 * Writes the status if nobody has written the object since it was read, and gives the object as
 * it is then. Undefined where it is gone. Throws Failure of kind Conflict where somebody was first.
 */
export function putStatus(
  api: Api,
  experiment: Experiment,
  status: ExperimentStatus,
): Promise<Experiment | undefined> {
  const path = `${pathOf(experiment.metadata)}/status`;
  return unless(['NotFound'], () =>
    api<Experiment>({ method: 'PUT', path, body: { ...experiment, status } }),
  );
}

/** What is to be true of an experiment's metadata. */
export type Marks = { stage: Stage; holdsTraffic: boolean };

/**
 * Brings label and finalizer to what they should be, if nobody has written the object since it was
 * read; without a request where they are so already. Answers and throws like {@link putStatus}.
 */
export async function patchMarks(
  api: Api,
  experiment: Experiment,
  { stage, holdsTraffic }: Marks,
): Promise<Experiment | undefined> {
  const { labels, finalizers = [], resourceVersion, deletionTimestamp } = experiment.metadata;
  const others = finalizers.filter((finalizer) => finalizer !== TRAFFIC_FINALIZER);
  const isHeld = others.length < finalizers.length;
  // A finalizer cannot be added to an object that is being deleted.
  const hold = holdsTraffic && (isHeld || !deletionTimestamp);
  if (labels?.[STAGE_LABEL] === stage && isHeld === hold) return experiment;
  const metadata = {
    resourceVersion,
    labels: { [STAGE_LABEL]: stage },
    ...(isHeld !== hold && { finalizers: hold ? [...others, TRAFFIC_FINALIZER] : others }),
  };
  return unless(['NotFound'], () =>
    api<Experiment>({
      method: 'PATCH',
      path: pathOf(experiment.metadata),
      body: { metadata },
      contentType: 'application/merge-patch+json',
    }),
  );
}

/** Whether the finalizer is on the object. */
export function holdsTraffic({ metadata }: Experiment): boolean {
  return metadata.finalizers?.includes(TRAFFIC_FINALIZER) ?? false;
}

function pathOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${GROUP}/namespaces/${encodeURIComponent(namespace)}/experiments/${encodeURIComponent(name)}`;
}

type Table = {
  metadata: { continue?: string };
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[]; object?: { metadata?: { name?: string } } }[] | null;
};

/** All experiments that are not completed, in all namespaces. */
export function listUnfinished(api: Api): Promise<Summary[]> {
  return list(api, 'status.stage!=Completed');
}

/** All experiments that are completed, in all namespaces. */
export function listCompleted(api: Api): Promise<Summary[]> {
  return list(api, 'status.stage=Completed');
}

/** As the few columns that a decision needs: about 300 bytes each instead of 10 KiB. */
async function list(api: Api, fieldSelector: string): Promise<Summary[]> {
  const summaries: Summary[] = [];
  let next: string | undefined;
  do {
    const table = await api<Table>({
      method: 'GET',
      path: `${GROUP}/experiments`,
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
      query: {
        includeObject: 'None',
        fieldSelector,
        limit: String(PAGE),
        ...(next && { continue: next }),
      },
    });
    const columns = table.columnDefinitions.map(({ name }) => name.toLowerCase());
    summaries.push(...(table.rows ?? []).map(({ cells }) => summarize(columns, cells)));
    next = table.metadata.continue;
  } while (next);
  return summaries;
}

function summarize(columns: readonly string[], cells: readonly unknown[]): Summary {
  const cell = (column: string): string | undefined => {
    const value = cells[columns.indexOf(column)] as string | number | null | undefined;
    return value === undefined || value === null || value === '' ? undefined : `${value}`;
  };
  return {
    namespace: cell('namespace')!,
    name: cell('name')!,
    uid: cell('uid')!,
    creationTimestamp: cell('created')!,
    stage: (cell('stage') as Stage | undefined) ?? 'New',
    run: Number(cell('run') ?? 1),
    completedIterations: Number(cell('completed iterations') ?? 0),
    intervalSeconds: Number(cell('interval') ?? 20),
    nextIterationTime: cell('next iteration'),
    isDeleted: cell('deleted') !== undefined,
    isSuspended: cell('suspended') === 'true',
    paused: cell('paused'),
    hasVerdict: cell('verdict') !== undefined,
    retry: cell('retry'),
    label: cell('label'),
    lockKeys: cell('lock')?.split(',') ?? [],
    isHolder: cell('acquired') === 'True',
  };
}
