/** A Kubernetes quantity as it stands in specs and statuses: a number, or text such as "10m" or "1.5Gi". */
export type Quantity = number | string;

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i)|([numkMGTPE]))?$/;

const BINARY_POWER: Record<string, number> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };

const DECIMAL_EXPONENT: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/**
 * The number that a quantity stands for, or undefined where the text is no quantity or its number
 * is not finite. Decimal suffixes are read as exponents, so that no digit is lost to a multiplication.
 * Worked: "250m" → 0.25, "1.5Gi" → 1610612736, "1E3" → 1000, "1E" → 1e18, "abc" → undefined.
 */
export function parseQuantity(quantity: Quantity): number | undefined {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined;
  const [, digits, exponent, binary, decimal] = FORM.exec(quantity) ?? [];
  if (digits === undefined) return undefined;
  const scale = decimal ? `e${DECIMAL_EXPONENT[decimal]}` : (exponent ?? '');
  const number = Number(`${digits}${scale}`) * (binary ? 1024 ** BINARY_POWER[binary]! : 1);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * The shortest text that {@link parseQuantity} reads back as exactly this number.
 * Worked: 148.0405378277749 → "148.0405378277749", -0 → "0". Throws RangeError for NaN and infinities.
 */
export function formatQuantity(number: number): string {
  if (!Number.isFinite(number)) throw new RangeError(`${number} is not a quantity`);
  return String(number);
}
