// Tables: what `kubectl get` shows.
import { type AgeOf, type BuiltinColumn, builtinColumns, type Cell } from './builtinColumns.ts';
import { readPath } from './jsonPath.ts';
import { bucketOf } from './kinds.ts';
import { objectMeta } from './objectMeta.ts';
import type { ApiObject, Column, Resource } from './types.ts';

/** What a table holds besides its cells. */
export interface TableOptions {
  /** What of its object each row carries. */
  include: 'None' | 'Metadata' | 'Object';
  now: Date;
  /** metadata of the list, or for a row of a watch the resourceVersion of its object. */
  listMeta: object;
  /** An event after the first of a watch: the columns are not described again. */
  isWatchRow?: boolean;
}

interface TableColumn extends Omit<Column, 'jsonPath'> {
  cell: Cell;
}

const { name: NAME, creationTimestamp: CREATED } = objectMeta.properties;

const AGE_COLUMN: Column = {
  ...{ name: 'Age', type: 'date', description: CREATED.description },
  jsonPath: '.metadata.creationTimestamp',
};

/**
 * Gives the meta.k8s.io/v1 Table of objects of one kind, a row for each. Throws an Error where a
 * column's path cannot be read.
 */
export function toTable(
  resource: Resource,
  objects: readonly ApiObject[],
  { include, now, listMeta, isWatchRow = false }: TableOptions,
): object {
  const columns = columnsOf(resource);
  const ageOf: AgeOf = (time) => ageAt(time, now);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    columnDefinitions: isWatchRow
      ? null
      : columns.map(({ name, type, format = '', description = '', priority = 0 }) => {
          return { name, type, format, description, priority };
        }),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, ageOf) ?? null),
      object: included(object, include),
    })),
  };
}

/** A duration in seconds as `kubectl get` shows ages: "45s", "3m12s", "2d". */
export function formatAge(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < -1) return '<invalid>';
  const [, unit, next] = AGE_FORMS.find(([limit]) => whole < limit)!;
  const rest = next ? Math.floor((whole % unitSeconds[unit]) / unitSeconds[next]) : 0;
  const count = Math.max(0, Math.floor(whole / unitSeconds[unit]));
  return `${count}${unit}${next && rest > 0 ? `${rest}${next}` : ''}`;
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400, y: 365 * 86_400 };
type Unit = keyof typeof unitSeconds;

/** Below each limit (in seconds), the units in which an age is given. */
const AGE_FORMS: [limit: number, unit: Unit, next?: Unit][] = [
  [2 * unitSeconds.m, 's'],
  [10 * unitSeconds.m, 'm', 's'],
  [3 * unitSeconds.h, 'm'],
  [8 * unitSeconds.h, 'h', 'm'],
  [2 * unitSeconds.d, 'h'],
  [8 * unitSeconds.d, 'd', 'h'],
  [2 * unitSeconds.y, 'd'],
  [8 * unitSeconds.y, 'y', 'd'],
  [Infinity, 'y'],
];

function ageAt(time: string | undefined, now: Date): string {
  if (!time) return '<unknown>';
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time);
  return isTime ? formatAge((now.getTime() - Date.parse(time)) / 1000) : '<invalid>';
}

function columnsOf(resource: Resource): readonly TableColumn[] {
  const builtin = builtinColumns[bucketOf(resource)];
  if (builtin) return builtin.map(fromBuiltin);
  const columns = resource.columns.length > 0 ? resource.columns : [AGE_COLUMN];
  return [fromBuiltin(['Name', ({ metadata }) => metadata.name]), ...columns.map(toTableColumn)];
}

function fromBuiltin([name, cell, priority = 0]: BuiltinColumn): TableColumn {
  const isName = name === 'Name' && priority === 0;
  const type = name === 'Created At' ? 'date' : 'string';
  return {
    name,
    type,
    priority,
    cell,
    ...(isName && { format: 'name', description: NAME.description }),
  };
}

function toTableColumn({ jsonPath, ...column }: Column): TableColumn {
  return {
    ...column,
    description:
      column.description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, ageOf) => {
      const [value] = readPath(jsonPath, object);
      return value === undefined ? null : toCell(column.type, value, ageOf);
    },
  };
}

function included(object: ApiObject, include: TableOptions['include']): object | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : toPartial(object);
}

/** An object without anything but its metadata. */
export function toPartial({ metadata }: ApiObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function toCell(type: string, value: unknown, ageOf: AgeOf): unknown {
  if (type === 'string') return toText(value);
  if (type === 'date') return typeof value === 'string' ? ageOf(value) : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (typeof value !== 'number') return null;
  return type === 'integer' ? Math.trunc(value) : value;
}

/** A value as Go prints it. */
function toText(value: unknown): string {
  if (value === null) return '<no value>';
  if (typeof value === 'number') return numberToText(value);
  return typeof value === 'string' ? value : toJson(value);
}

function numberToText(value: number): string {
  const size = Math.abs(value);
  const isPlain = Number.isInteger(value) ? size < 2 ** 63 : size >= 1e-4 && size < 1e6;
  return isPlain
    ? String(value)
    : value.toExponential().replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`);
}

function toJson(value: unknown): string {
  const sortKeys = (_: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.stringify(value, sortKeys).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
