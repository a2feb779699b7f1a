import { parseQuantity } from '../../functions/lib/analysis/quantity.ts';
import type { Quantity } from '../../functions/lib/types/experiment.gen.ts';

const UNITS: Record<string, string> = { milliseconds: ' ms', seconds: ' s', percent: ' %' };
const DIGITS = 3;
const HUGE = 1e15;

/** Minutes and seconds, after hours where there are any. Worked: 42300 → "0:42". */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = [...(hours > 0 ? [hours] : []), minutes, seconds % 60];
  return parts.map((part, index) => String(part).padStart(index > 0 ? 2 : 1, '0')).join(':');
}

/** A value in three digits, or in all that stand before its point. Worked: "0.031249" → "0.0312". */
export function measured(quantity: Quantity, units?: string): string {
  const number = parseQuantity(quantity);
  if (number === undefined) return String(quantity);
  const isLong = Math.abs(number) >= 10 ** DIGITS;
  return exact(isLong ? Math.round(number) : Number(number.toPrecision(DIGITS)), units);
}

/** A quantity that is not rounded. Worked: "10m" → "0.01". */
export function exact(quantity: Quantity, units = ''): string {
  const number = parseQuantity(quantity);
  if (number === undefined) return String(quantity);
  const text = Math.abs(number) < HUGE ? count(number) : String(number);
  return `${text}${UNITS[units] ?? ''}`;
}

/** A number with its thousands apart. Worked: 12345 → "12,345". */
export function count(number: number): string {
  return number.toLocaleString('en', { maximumSignificantDigits: 17 });
}
