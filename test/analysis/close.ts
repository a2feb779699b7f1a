import * as assert from 'uvu/assert';

/** Asserts a relative tolerance; an expected 0 stands for anything within 1e-70 of it. */
export function assertClose(
  actual: number,
  expected: number,
  tolerance: number,
  what: string,
): void {
  const difference = Math.abs(actual - expected);
  const isClose =
    expected === 0 ? difference < 1e-70 : difference <= tolerance * Math.abs(expected);
  assert.ok(actual === expected || isClose, `${what}: ${actual}, expected ${expected}`);
}
