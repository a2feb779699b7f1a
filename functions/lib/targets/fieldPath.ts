/** The steps of a field path: names of fields and positions in lists. */
export type Step = string | number;

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]|\["([^"]+)"\]/y;

/**
 * The steps of a field path as weightObjRefs have it. Worked: `.spec.http[0].route[1].weight` →
 * ["spec", "http", 0, "route", 1, "weight"]; a name with dots or slashes is written `['a.b/c']`.
 * Undefined where the text is no field path.
 */
export function parseFieldPath(path: string): Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  let end = 0;
  for (let match = STEP.exec(path); match; match = STEP.exec(path)) {
    const [, name, position, single, double] = match;
    steps.push(position === undefined ? (name ?? single ?? double)! : Number(position));
    end = STEP.lastIndex;
  }
  return end === path.length && steps.length > 0 ? steps : undefined;
}

/** The value at a path, or undefined where a step leads nowhere. */
export function valueAt(object: unknown, steps: readonly Step[]): unknown {
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<Step, unknown>)[step]
        : undefined,
    object,
  );
}

/** A path as a JSON pointer (RFC 6901). Worked: ["spec", "a/b", 0] → "/spec/a~1b/0". */
export function jsonPointer(steps: readonly Step[]): string {
  return steps
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
