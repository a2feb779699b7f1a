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
  return { status, body: { ...head, message, reason, details: details ?? {}, code: status } };
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 404: there is no object of this name. */
export function notFound({ group, plural }: About, name: string): ApiError {
  const message = `${qualified(group, plural)} ${JSON.stringify(name)} not found`;
  return new ApiError(404, 'NotFound', message, { name, group, kind: plural });
}

/** 404: nothing is served under this path. */
export function noSuchPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

/** 405: the resource does not know the verb. */
export function notAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError(405, 'MethodNotAllowed', message);
}

/** 409: there is an object of this name already. */
export function alreadyExists({ group, plural }: About, name: string): ApiError {
  const message = `${qualified(group, plural)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, 'AlreadyExists', message, { name, group, kind: plural });
}

/** 409: the object is no longer what the writer saw. */
export function conflict({ group, plural }: About, name: string, why: string): ApiError {
  const what = `${qualified(group, plural)} ${JSON.stringify(name)}`;
  const message = `Operation cannot be fulfilled on ${what}: ${why}`;
  return new ApiError(409, 'Conflict', message, { name, group, kind: plural });
}

/** What a writer is told whose resourceVersion is no longer the stored one. */
export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 403: the user may not, or nobody may; `why` is the whole reason. */
export function forbidden({ group, plural }: About, name: string, why: string): ApiError {
  const message = `${qualified(group, plural)} ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiError(403, 'Forbidden', message, { name, group, kind: plural });
}

/** 422: the object breaks its schema; each cause names a field. */
export function invalid(
  { group, kind }: { group: string; kind: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const told = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  const all = told.length === 1 ? told[0]! : `[${told.join(', ')}]`;
  const message = `${qualified(group, kind)} ${JSON.stringify(name)} is invalid: ${all}`;
  return new ApiError(422, 'Invalid', message, { name, group, kind, causes: [...causes] });
}

/** 410: the history does not reach back that far. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

function qualified(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}
