import type { Measurement } from '../experiment/observations.ts';
import { parseQuantity } from '../analysis/quantity.ts';
import { beta, type Random } from '../analysis/random.ts';
import type { MetricSpec } from '../types/metric.gen.ts';
import { nothing, refuse } from './answer.ts';

/**
 * The invented value of a version, `elapsedSeconds` (1 at least) after the start, where its level is
 * l: of a Counter l a second, of a Gauge 2·l·Beta(t, t), which has the mean l and varies less and less.
 * A version named twice has its first level.
 */
export function mockValue(
  { type, mock }: Pick<MetricSpec, 'type' | 'mock'>,
  version: string,
  elapsedSeconds: number,
  random: Random,
): Measurement {
  const given = mock?.find(({ name }) => name === version)?.level;
  if (given === undefined) {
    const named = mock?.map(({ name }) => name).join(', ');
    const found = named ? `found levels for ${named}` : 'found none at all';
    return refuse(
      'Undefined',
      `spec.mock: no level for version ${version}; ${found}; add {name: ${version}, level: …}`,
    );
  }
  const level = parseQuantity(given);
  if (level === undefined) {
    const message = `spec.mock: the level "${given}" of version ${version} is no quantity, such as 20, "1.5" or "10m"`;
    return refuse('Undefined', message);
  }
  const elapsed = Math.max(1, elapsedSeconds);
  const value = type === 'Counter' ? level * elapsed : 2 * level * beta(random, elapsed, elapsed);
  if (Number.isFinite(value)) return { kind: 'Value', value };
  return nothing('NaN', `spec.mock: the level "${given}" of version ${version} grew out of bounds`);
}
