import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { referenceJson } from '../shared.ts';

/** How far a number may be off: by either of them. */
export type Tolerance = { rel: number; abs: number };

type Vectors<In, Out> = { tol: Tolerance; cases: { in: In; out: Out }[] };

/** A test per reference case of this name: `compute` must give all that the case's output has. */
export function eachVector<In, Out>(
  tests: Test,
  name: string,
  compute: (input: In) => Out | Promise<Out>,
): void {
  const vectors = referenceJson<Vectors<In, Out>>(`vectors/${name}.json`);
  vectors?.cases.forEach((vector, index) => {
    tests(`${name} ${index}`, async () => {
      assertClose(await compute(vector.in), vector.out, vectors.tol, `${name} ${index}`);
    });
  });
}

/** That `ours` has every number of `expected`, at the same place and within the tolerance. */
export function assertClose(
  ours: unknown,
  expected: unknown,
  tolerance: Tolerance,
  place: string,
): void {
  if (typeof expected === 'number') {
    assert.type(ours, 'number', `${place} is ${String(ours)}, not the number ${expected}`);
    const allowed = tolerance.abs + tolerance.rel * Math.abs(expected);
    const distance = ours === expected ? 0 : Math.abs((ours as number) - expected);
    assert.ok(
      distance <= allowed,
      `${place} is ${String(ours)}, more than ${allowed} away from ${expected}`,
    );
    return;
  }
  if (typeof expected !== 'object' || expected === null) {
    assert.equal(ours, expected, place);
    return;
  }
  assert.ok(typeof ours === 'object' && ours !== null, `${place} is ${String(ours)}`);
  if (Array.isArray(expected)) assert.is((ours as unknown[]).length, expected.length, place);
  for (const [key, value] of Object.entries(expected)) {
    assertClose((ours as Record<string, unknown>)[key], value, tolerance, `${place}.${key}`);
  }
}
