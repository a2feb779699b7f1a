import { join } from 'node:path';
import { readPath } from '../../sandbox/apiserver/jsonPath.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import type { Stored } from './api-server.ts';

type Column = { name: string; jsonPath: string };
type Definition = { spec: { versions: { additionalPrinterColumns: Column[] }[] } };

const [definition] = readManifests(
  join(import.meta.dirname, '../../eventing/crd/experiment.yaml'),
) as unknown as Definition[];
const columns: Column[] = [
  { name: 'Name', jsonPath: '.metadata.name' },
  ...definition!.spec.versions[0]!.additionalPrinterColumns,
];

/** The experiments that a field selector of status.stage selects, by the columns of their definition. */
export function tableOf(objects: readonly Stored[], selector = ''): object {
  const [, not, stage] = /^status\.stage(!?)=(\w+)$/.exec(selector) ?? [];
  const isSelected = ({ kind, status }: Stored): boolean => {
    const isEqual = (status as { stage?: string } | undefined)?.stage === stage;
    return kind === 'Experiment' && (stage === undefined || isEqual === (not === ''));
  };
  const rows = objects
    .filter(isSelected)
    .map((one) => ({ cells: columns.map(({ jsonPath }) => readPath(jsonPath, one)[0] ?? null) }));
  return { kind: 'Table', metadata: {}, columnDefinitions: columns, rows };
}
