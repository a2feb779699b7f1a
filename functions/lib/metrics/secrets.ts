import type { Api } from '../kubernetes/client.ts';
import { isFailure } from '../kubernetes/failure.ts';
import { getSecret } from '../kubernetes/lookups.ts';
import type { Metric } from '../types/metric.gen.ts';
import { interpolate } from './interpolate.ts';

/** On a Metric with a Secret: experiments of any namespace may use it. */
export const SHARED_LABEL = 'iter8.tools/shared';

/** What a query carries to be let in. */
export type Credentials = {
  headers?: Record<string, string>;
  auth?: { username: string; password: string };
};

/** Credentials, or why there are none: never with a secret in the text. */
export type CredentialsFound = { credentials: Credentials } | { reason: string; message: string };

/**
 * Whether experiments of a namespace may use a Metric; the message says what to do where not.
 * A Metric that names no Secret lends nothing. One that does must be in the experiment's namespace
 * or the product's, or be shared by its label.
 */
export function sharingProblem(
  { metadata, spec }: Metric,
  experimentNamespace: string,
  productNamespace: string,
): string | undefined {
  const isOwn = [experimentNamespace, productNamespace].includes(metadata.namespace);
  if (!spec.secret || isOwn || metadata.labels?.[SHARED_LABEL] === 'true') return undefined;
  return `it uses a Secret and is in another namespace; its owner can share it with: kubectl label metric -n ${metadata.namespace} ${metadata.name} ${SHARED_LABEL}=true`;
}

/**
 * Why a Metric's Secret may not be used, or undefined: it must be in the Metric's own namespace,
 * so that nobody can send away a Secret that he could not have put there.
 */
export function secretProblem(secret: string, metricNamespace: string): string | undefined {
  const { namespace, name } = locate(secret, metricNamespace);
  if (namespace === metricNamespace && name && !name.includes('/')) return undefined;
  return `spec.secret: found "${secret}"; expected the name of a Secret in namespace ${metricNamespace}, the Metric's own`;
}

function locate(secret: string, metricNamespace: string): { namespace: string; name: string } {
  const slash = secret.indexOf('/');
  return slash < 0
    ? { namespace: metricNamespace, name: secret }
    : { namespace: secret.slice(0, slash), name: secret.slice(slash + 1) };
}

/** The credentials of a Metric's queries, read from its Secret. */
export async function credentialsOf(
  api: Api,
  fullName: string,
  spec: Metric['spec'],
): Promise<CredentialsFound> {
  if (!spec.secret) return { credentials: plainHeaders(spec, {}) };
  const metricNamespace = fullName.split('/')[0]!;
  const problem = secretProblem(spec.secret, metricNamespace);
  if (problem) return { reason: 'Unauthorized', message: problem };
  const { namespace, name } = locate(spec.secret, metricNamespace);
  const data = await readSecret(api, namespace, name);
  return 'reason' in data ? data : build(spec, data.values, `Secret ${namespace}/${name}`);
}

async function readSecret(
  api: Api,
  namespace: string,
  name: string,
): Promise<{ values: Record<string, string> } | { reason: string; message: string }> {
  const title = `Secret ${namespace}/${name}`;
  const reason = 'Unauthorized';
  try {
    const values = await getSecret(api, namespace, name);
    return values ? { values } : { reason, message: `${title} does not exist` };
  } catch (error) {
    if (!isFailure(error, 'Forbidden')) throw error;
    const message = `${title} may not be read; allow it with: kubectl create rolebinding iter8-read-secrets -n ${namespace} --clusterrole=iter8-read-secrets --serviceaccount=iter8-system:iter8-iterate`;
    return { reason, message };
  }
}

function build(
  spec: Metric['spec'],
  values: Record<string, string>,
  title: string,
): CredentialsFound {
  const headers = plainHeaders(spec, values);
  if (spec.authType !== 'Basic') return { credentials: headers };
  const { username, password } = values;
  if (username && password) return { credentials: { ...headers, auth: { username, password } } };
  const message = `${title} has no keys username and password, which authType Basic needs`;
  return { reason: 'Unauthorized', message };
}

/** Header templates; secrets go in only where authType says that they carry them. */
function plainHeaders(
  { headerTemplates, authType }: Metric['spec'],
  values: Record<string, string>,
): Credentials {
  if (!headerTemplates?.length) return {};
  const carried = authType === 'Bearer' || authType === 'APIKey' ? values : {};
  const headers = Object.fromEntries(
    headerTemplates.map(({ name, value }) => [name, interpolate(value, carried)]),
  );
  return { headers };
}
