/**
 * iter8's account of an analysis step, always of three parts.
 * Worked: {info: ["all ok"]} → "Error: ; Warning: ; Info: all ok".
 */
export function auditMessage(found: {
  error?: readonly string[];
  warning?: readonly string[];
  info?: readonly string[];
}): string {
  const part = (entries: readonly string[] = []): string => entries.join(', ');
  return `Error: ${part(found.error)}; Warning: ${part(found.warning)}; Info: ${part(found.info)}`;
}
