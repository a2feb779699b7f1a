// Kinds of bad experiments: each a mistake at one place, made in any of its ways.
import * as fc from 'fast-check';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { GOOD, type Good } from './experiments.ts';
import { mutationsOf, type Change } from './mutations.ts';
import { experimentSchema, placesIn, replaced, textOf, type Path, type Place } from './schema.ts';
import { STORIES } from './stories.ts';

/** A kind of bad experiments. */
export type Kind = {
  name: string;
  /** The field that is wrong, as the API server writes it. */
  field: string;
  /** All bad experiments of this kind, of a name and on a target of the same name. */
  experiments: (name: string) => fc.Arbitrary<ApiObject>;
};

const EVERYWHERE = ['apiVersion', 'kind', 'metadata'];

function placesOf(good: Good): Place[] {
  return placesIn(experimentSchema, good('name')).filter(
    ({ path }) => !EVERYWHERE.includes(String(path[0])),
  );
}

/** Every mistake that the schema lets think of, at every field of the good experiments. */
function bySchema(): Kind[] {
  const known = new Set<string>();
  const isNew = ({ path }: Place): boolean => {
    const size = known.size;
    return known.add(textOf(path)).size > size;
  };
  return Object.values<Good>(GOOD).flatMap((good) =>
    placesOf(good)
      .filter(isNew)
      .flatMap((place) =>
        mutationsOf(place).map(({ what, changes }) => ({
          name: `${textOf(place.path)} ${what}`,
          field: textOf(place.path),
          experiments: (name: string) =>
            changes.map((change) => replaced(good(name), place.path, change)),
        })),
      ),
  );
}

/** Mistakes that only somebody who knows what the fields mean can make. */
export const KNOWING_KINDS: readonly Kind[] = STORIES.map(({ name, field, of, at, values }) => ({
  name,
  field,
  experiments: (own: string) =>
    fc
      .constantFrom(...values)
      .map((value) => (isMade(value) ? value(own) : value))
      .map((value) => replaced(withParents(GOOD[of](own), at), at, () => value)),
}));

function isMade(value: unknown): value is (name: string) => unknown {
  return typeof value === 'function';
}

/** The object, in which all objects on the way to a place are there. */
function withParents(object: ApiObject, at: Path): ApiObject {
  return at
    .slice(0, -1)
    .reduce<ApiObject>(
      (found, _step, index) =>
        replaced(found, at.slice(0, index + 1), (before: unknown) => before ?? {}),
      object,
    );
}

/** The other kinds. The names of all are unique. */
export const SCHEMA_KINDS: readonly Kind[] = bySchema();

type Mistake = { path: Path; change: Change };

/** Experiments with two or three mistakes at once. */
export function mistaken(name: string): fc.Arbitrary<ApiObject> {
  return fc.constantFrom(...Object.values<Good>(GOOD)).chain((good) => {
    const mistakes = placesOf(good).flatMap((place) =>
      mutationsOf(place).map(({ changes }) =>
        changes.map((change): Mistake => ({ path: place.path, change })),
      ),
    );
    return fc
      .array(
        fc.constantFrom(...mistakes).chain((one) => one),
        { minLength: 2, maxLength: 3 },
      )
      .map((all) => all.reduce<ApiObject>(withMistake, good(name)));
  });
}

/** The object with one mistake more, where that place is still there. */
function withMistake(object: ApiObject, { path, change }: Mistake): ApiObject {
  const text = textOf(path);
  const isThere = placesIn(experimentSchema, object).some((place) => textOf(place.path) === text);
  return isThere ? replaced(object, path, change) : object;
}
