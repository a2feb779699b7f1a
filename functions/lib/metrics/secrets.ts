import type { Api } from '../kubernetes/client.ts';
import { isFailure } from '../kubernetes/failure.ts';
import { getSecret } from '../kubernetes/lookups.ts';
import type { Metric } from '../types/metric.gen.ts';
import type { Identity } from './answer.ts';
import { interpolate } from './interpolate.ts';

/** On a Metric with a Secret: experiments of any namespace may use it. */
export const SHARED_LABEL = 'iter8.tools/shared';

/** What a query carries to be let in. */
export type Credentials = {
  headers?: Record<string, string>;
  auth?: { username: string; password: string };
  tls?: Identity;
  /** What the Secret holds, by key; nothing without one. No message tells any of it. */
  values: Record<string, string>;
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
  if (!spec.secret) return withHeaders(spec, { values: {} });
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
  const refuse = (text: string): CredentialsFound => {
    return { reason: 'Unauthorized', message: `${title} ${text}` };
  };
  const { username, password, 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = values;
  if (Boolean(cert) !== Boolean(key)) {
    return refuse(`has no key ${cert ? 'tls.key' : 'tls.crt'}, which belongs to its other one`);
  }
  const tls = { ...(cert && key && { cert, key }), ...(ca && { ca }) };
  const credentials = { values, ...(Object.keys(tls).length > 0 && { tls }) };
  if (spec.authType !== 'Basic') return withHeaders(spec, credentials);
  if (username && password)
    return withHeaders(spec, { ...credentials, auth: { username, password } });
  return refuse('has no keys username and password, which authType Basic needs');
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
/** What no header can carry: control characters save tabs, and what is beyond Latin-1. */
const NO_HEADER_TEXT = /[^\t\x20-\x7e\x80-\xff]/;

/** Header templates; secrets go in only where authType says that they carry them. */
function withHeaders(spec: Metric['spec'], credentials: Credentials): CredentialsFound {
  const { headerTemplates, authType } = spec;
  if (!headerTemplates?.length) return { credentials };
  const carried = authType === 'Bearer' || authType === 'APIKey' ? credentials.values : {};
  const headers = Object.fromEntries(
    headerTemplates.map(({ name, value }) => [name, interpolate(value, carried)]),
  );
  for (const [index, { name, value }] of headerTemplates.entries()) {
    if (!HEADER_NAME.test(name)) return badHeader(`number ${index + 1} has a name that is none`);
    const what = 'a line break or another character that a header cannot carry';
    if (NO_HEADER_TEXT.test(value)) return badHeader(`the value of ${name} has ${what}`);
    if (NO_HEADER_TEXT.test(interpolate(value, carried))) {
      const message = `spec.headerTemplates: with the Secret's values ${name} has ${what}; does a value of the Secret end with a line break?`;
      return { reason: 'Unauthorized', message };
    }
  }
  return { credentials: { ...credentials, headers } };
}

function badHeader(text: string): CredentialsFound {
  return { reason: 'BadQuery', message: `spec.headerTemplates: ${text}` };
}
