/** Fields of which others say what is wrong with them. */
const TOLD_BY: Readonly<Record<string, string>> = {
  'spec.strategy.testingPattern': 'spec.criteria.rewards',
  'spec.strategy': 'spec.criteria.rewards',
};

/** Whether a refusal by the API server names a field, or the object or list that it is in. */
export function namesField(message: string, field: string): boolean {
  const told = message
    .replace(/\bObjectMeta\./, 'metadata.')
    // A status is judged by itself: "status: Invalid value: … in target.lock".
    .replace(/^(.*)\bstatus: (.* in )(?!status\b)(\S+)$/s, '$1$2status.$3')
    .replace(/\.actions\[(\w+)\]/g, '.actions.$1');
  const around = field.replace(/(\.[^.[\]]+|\[\d+\])$/, '');
  return [field, around, TOLD_BY[field]].some((one) => one !== undefined && told.includes(one));
}
