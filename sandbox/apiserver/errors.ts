/** What went wrong with one field, or another single cause of a refusal. */
export interface Cause {
  reason: string;
  message: string;
  field?: string;
}

/** The details of a Status. */
export interface Details {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
}

/** A refusal, as the API answers it: `status` is the HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: Details | undefined;
  constructor(status: number, reason: string, message: string, details?: Details) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}

/** The kind that a refusal is about. */
interface About {
  group: string;
  plural: string;
}

/** The metav1.Status of a refusal; of anything else, that of an internal error. */
export function toStatus(error: unknown): { status: number; body: object } {
  const { status, reason, message, details } =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  const about = { ...(reason && { reason }), ...(details && { details }) };
  return { status, body: { ...head, message, ...about, code: status } };
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 404: there is no object of this name. */
export function notFound(about: About, name: string): ApiError {
  return ofObject(404, 'NotFound', about, { name, message: `${subject(about, name)} not found` });
}

/** 404: nothing is served under this path. */
export function noSuchPath(): ApiError {
  const message = 'the server could not find the requested resource';
  return new ApiError(404, 'NotFound', message, {});
}

/** 405: the resource does not know the verb. */
export function notAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError(405, 'MethodNotAllowed', message, {});
}

/** 409: there is an object of this name already; it may be about to go. */
export function alreadyExists(about: About, name: string, isGoing = false): ApiError {
  const message = `${isGoing ? 'object is being deleted: ' : ''}${subject(about, name)} already exists`;
  return ofObject(409, 'AlreadyExists', about, { name, message });
}

/** 409: the object is no longer what the writer saw. */
export function conflict(about: About, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${subject(about, name)}: ${why}`;
  return ofObject(409, 'Conflict', about, { name, message });
}

/** What a writer is told whose resourceVersion is no longer the stored one. */
export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 403: the user may not, or nobody may; `why` is the whole reason. */
export function forbidden(about: About, name: string, why: string): ApiError {
  const message = `${subject(about, name)} is forbidden: ${why}`;
  return ofObject(403, 'Forbidden', about, { name, message });
}

/** 422: the object breaks its schema; each cause names a field. */
export function invalid(
  { group, kind }: { group: string; kind: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const told = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  const all = told.length === 1 ? told[0]! : `[${told.join(', ')}]`;
  const about = { group, plural: kind };
  const message = `${qualified(about)} ${JSON.stringify(name)} is invalid: ${all}`;
  return ofObject(422, 'Invalid', about, { name, message, causes: [...causes] });
}

/** 410: the history does not reach back that far. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

function ofObject(
  status: number,
  reason: string,
  { group, plural }: About,
  { name, message, causes }: { name: string; message: string; causes?: Cause[] },
): ApiError {
  const named = { ...(name && { name }), ...(group && { group }), ...(plural && { kind: plural }) };
  return new ApiError(status, reason, message, { ...named, ...(causes && { causes }) });
}

/** A kind, and the object's name where it has one. */
function subject(about: About, name: string): string {
  return name === '' ? qualified(about) : `${qualified(about)} ${JSON.stringify(name)}`;
}

function qualified({ group, plural }: About): string {
  return group === '' ? plural : `${plural}.${group}`;
}
