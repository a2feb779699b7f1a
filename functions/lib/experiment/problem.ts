/** A mistake in a spec: the field, what was found and what to do about it. */
export type Problem = { field: string; message: string };

/** The one problem there is where something was found, else none. */
export function problemIf(found: boolean, field: string, message: () => string): Problem[] {
  return found ? [{ field, message: message() }] : [];
}
