const PLACEHOLDER = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})/gi;

/**
 * Text with its placeholders replaced: `$name` and `${name}` by the value of that name, `$$` by `$`.
 * An unknown name and a lone `$` stay as they are; values are not looked into again.
 * Worked: "p{r='$revision'}[${elapsedTime}s]" with revision r1 and elapsedTime 60 → "p{r='r1'}[60s]".
 */
export function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (found, dollar?: string, bare?: string, braced?: string) => {
    if (dollar) return '$';
    const name = bare ?? braced ?? '';
    return Object.hasOwn(values, name) ? values[name]! : found;
  });
}

/** The names of the placeholders in a text that have no value, each once. */
export function undefinedIn(text: string, values: Readonly<Record<string, string>>): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, , bare, braced]) => bare ?? braced);
  return [...new Set(names)].filter(
    (name) => name !== undefined && !Object.hasOwn(values, name),
  ) as string[];
}

/** What all versions of an experiment have in common: when it began, and the time that is asked about. */
export type Surroundings = { namespace: string; startTime: Date; endTime: Date };

/**
 * What a version's query may refer to: its name, its variables (the last of one name counts, also
 * over the name), and elapsedTime in whole seconds since the start, at least 1. With the
 * surroundings also, below the variables, namespace, interval (elapsedTime with its unit, "600s"),
 * startTime and endTime (whole seconds since 1970).
 */
export function queryValues(
  version: { name: string; variables?: readonly { name: string; value: string }[] },
  elapsedSeconds: number,
  surroundings?: Surroundings,
): Record<string, string> {
  const variables = (version.variables ?? []).map(({ name, value }) => [name, value] as const);
  const elapsedTime = String(Math.max(1, Math.floor(elapsedSeconds)));
  const common = surroundings && {
    namespace: surroundings.namespace,
    interval: `${elapsedTime}s`,
    startTime: inSeconds(surroundings.startTime),
    endTime: inSeconds(surroundings.endTime),
  };
  return { ...common, name: version.name, ...Object.fromEntries(variables), elapsedTime };
}

function inSeconds(time: Date): string {
  return String(Math.floor(time.getTime() / 1000));
}
