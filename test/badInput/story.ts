import type { GOOD } from './experiments.ts';
import type { Path } from './schema.ts';

/** A mistake: other values at a place of a good experiment, one at a time; functions get its name. */
export type Story = {
  name: string;
  field: string;
  of: keyof typeof GOOD;
  at: Path;
  values: readonly unknown[];
};

/** Mistakes at one place, by their names. */
export function stories(
  of: Story['of'],
  at: Path,
  field: string,
  all: Readonly<Record<string, readonly unknown[]>>,
): Story[] {
  return Object.entries(all).map(([name, values]) => ({ name, field, of, at, values }));
}
