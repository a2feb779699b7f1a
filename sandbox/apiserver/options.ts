// What a request asks for besides its object, in its query.
import { ApiError, badRequest, invalid, type Cause } from './errors.ts';
import { fieldError } from './schema/errors.ts';

const KINDS: Record<string, string> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

const SUPPORTED: Record<string, string[]> = {
  dryRun: ['All'],
  fieldValidation: ['', 'Ignore', 'Strict', 'Warn'],
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'nil'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', ''],
};

/** Throws 400 or 422 where a query's options make no sense for the verb. */
export function checkOptions(verb: string, query: URLSearchParams): void {
  for (const name of ['limit', 'timeoutSeconds']) {
    const value = query.get(name) ?? '';
    if (/^-?\d*$/.test(value)) continue;
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  const unsupported = Object.entries(SUPPORTED).flatMap(([name, supported]) => {
    const value = query.get(name);
    if (value === null || supported.includes(value)) return [];
    const given = JSON.stringify(name === 'dryRun' ? [value] : value);
    const known = supported.map((one) => JSON.stringify(one)).join(', ');
    return [fieldError('NotSupported', name, given, `supported values: ${known}`)];
  });
  const errors = [...unsupported, ...matchErrors(verb, query)];
  if (errors.length > 0) throw invalidOptions(KINDS[verb] ?? 'ListOptions', errors);
}

function matchErrors(verb: string, query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const forbidden = (why: string): Cause[] => [
    fieldError('Forbidden', 'resourceVersionMatch', why),
  ];
  const sendsInitial = query.has('sendInitialEvents');
  if (sendsInitial && match !== 'NotOlderThan') {
    return forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match === '') return [];
  if (verb === 'watch' && !sendsInitial) {
    return forbidden(
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (verb === 'watch' || query.get('resourceVersion')) return [];
  return forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided');
}

/** 422: the options of a request, of a kind such as PatchOptions, make no sense. */
export function invalidOptions(kind: string, causes: readonly Cause[]): ApiError {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

/** The resourceVersion asked for; undefined for none, or any. Throws 400 where it is malformed. */
export function readVersion(query: URLSearchParams): number | undefined {
  const version = query.get('resourceVersion') ?? '';
  if (/^\d*$/.test(version)) return Number(version) || undefined;
  const given = JSON.stringify(version);
  const why = `strconv.ParseUint: parsing ${given}: invalid syntax`;
  throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${given}: ${why}`);
}

/** Whether a query parameter is set to a true value. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

/** Whether nothing may be written. */
export function isDryRun(query: URLSearchParams): boolean {
  return query.get('dryRun') === 'All';
}
