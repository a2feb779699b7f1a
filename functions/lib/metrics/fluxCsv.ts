import { parse } from 'csv-parse/sync';
import { refuse, type Refusal } from './answer.ts';
import { errorSaid, quoted } from './providers.ts';

/** A row of a table by column: text unless its datatype says more, null where it is empty. */
export type Row = Record<string, string | number | boolean | null>;

/** Far above what 1 MiB of honest CSV becomes as JSON, where each row repeats the names of its columns. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** InfluxDB begins a table where columns change, not with every group. */
const MOST_TABLES = 1000;

/**
 * The rows of all tables, in order, of InfluxDB's annotated CSV or of plain CSV with a header. Numbers
 * are numbers where `#datatype` says so, and text otherwise, as are NaN and infinities. The
 * nameless column of annotations is left out. A table of errors, wherever it comes, is a refusal.
 */
export function readFluxCsv(text: string): { rows: Row[] } | Refusal {
  // Every line ends as CSV's lines do. Without its end the last number may lack digits.
  if (text !== '' && !text.endsWith('\n')) {
    return refuse('BadAnswer', 'the CSV breaks off before the end of its last line');
  }
  const texts = tablesIn(text);
  if (texts.length > MOST_TABLES) return tooLarge(`${texts.length} tables`);
  const rows: Row[] = [];
  let size = 0;
  for (const one of texts) {
    const records = recordsOf(one);
    if (!Array.isArray(records)) return records;
    const { table, body } = tableOf(records);
    if (isErrorTable(table) && body[0]) return errorSaid(body[0][table.columns.indexOf('error')]);
    for (const record of body) {
      const row = rowOf(record, table);
      size += sizeOf(row);
      if (size > MOST_CHARACTERS) return tooLarge('too many rows and columns');
      rows.push(row);
    }
  }
  return { rows };
}

function tooLarge(what: string): Refusal {
  return refuse('TooLarge', `the CSV has ${what}; aggregate in the query`);
}

/** The tables' texts: between them are blank lines, which cells in quotes may have, too. */
function tablesIn(text: string): string[] {
  const tables: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (const { 0: found, index } of text.matchAll(/"|\r?\n(?:\r?\n)+/g)) {
    if (found === '"') isQuoted = !isQuoted;
    if (found === '"' || isQuoted) continue;
    tables.push(text.slice(start, index));
    start = index + found.length;
  }
  return [...tables, text.slice(start)].filter((table) => table.trim() !== '');
}

/** The records of one table, which all have the same number of fields. */
function recordsOf(table: string): string[][] | Refusal {
  try {
    return parse(table, { record_delimiter: ['\r\n', '\n'], skip_empty_lines: true });
  } catch (error) {
    return refuse('BadAnswer', `the answer is not CSV: ${quoted((error as Error).message)}`);
  }
}

type Table = {
  columns: string[];
  datatypes?: string[] | undefined;
  defaults?: string[] | undefined;
};

function tableOf(records: string[][]): { table: Table; body: string[][] } {
  const header = records.findIndex(([first]) => !first?.startsWith('#'));
  if (header < 0) return { table: { columns: [] }, body: [] };
  const annotation = (name: string): string[] | undefined =>
    records.slice(0, header).find(([first]) => first === name);
  const table = {
    columns: records[header]!,
    datatypes: annotation('#datatype'),
    defaults: annotation('#default'),
  };
  return { table, body: records.slice(header + 1) };
}

function rowOf(record: string[], { columns, datatypes, defaults }: Table): Row {
  const cells = columns.map((column, index) => {
    const text = record[index] || (column === '' ? '' : defaults?.[index]);
    return [column, text ? valueOf(text, datatypes?.[index]) : null] as const;
  });
  return Object.fromEntries(columns[0] === '' ? cells.slice(1) : cells);
}

const NUMBERS = new Set(['double', 'long', 'unsignedLong']);
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function valueOf(text: string, datatype: string | undefined): string | number | boolean {
  if (datatype === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = datatype !== undefined && NUMBERS.has(datatype) && DECIMAL.test(text);
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

function sizeOf(row: Row): number {
  let size = 0;
  for (const column in row) size += column.length + String(row[column]).length + 6;
  return size;
}

function isErrorTable({ columns }: Table): boolean {
  return columns.filter((column) => column !== '').join() === 'error,reference';
}
