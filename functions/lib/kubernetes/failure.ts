/** What went wrong, as far as it decides what happens next. */
export type FailureKind =
  /** Somebody else wrote first: read again. */
  | 'Conflict'
  /** The object is not there (any more). */
  | 'NotFound'
  /** We may not: the message says which right is missing. */
  | 'Forbidden'
  /** The request can never work. */
  | 'Invalid'
  /** The other side cannot be reached or refuses for now: come again. */
  | 'Unavailable';

/** The one error of the adapters: everything foreign is translated into it. */
export class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
  }
}

/** Whether an error is a failure of one of these kinds. */
export function isFailure(error: unknown, ...kinds: FailureKind[]): error is Failure {
  return error instanceof Failure && kinds.includes(error.kind);
}

/**
 * What `attempt` gives, or undefined where it fails as one of these kinds. Throws every other error.
 */
export async function unless<T>(
  kinds: readonly FailureKind[],
  attempt: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (isFailure(error, ...kinds)) return undefined;
    throw error;
  }
}
