import type { Metric } from '../types/metric.gen.ts';
import type { Api } from './client.ts';
import { unless } from './failure.ts';

/** The Metric of a full name "namespace/name", or undefined. */
export function getMetric(api: Api, fullName: string): Promise<Metric | undefined> {
  const [namespace = '', name = ''] = fullName.split('/');
  const path = `/apis/iter8.tools/v2alpha2/namespaces/${encodeURIComponent(namespace)}/metrics/${encodeURIComponent(name)}`;
  return unless(['NotFound'], () => api<Metric>({ method: 'GET', path }));
}

/** A Secret's values by key, decoded, or undefined. Throws Failure Forbidden where no right is granted. */
export async function getSecret(
  api: Api,
  namespace: string,
  name: string,
): Promise<Record<string, string> | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const secret = await unless(['NotFound'], () =>
    api<{ data?: Record<string, string> }>({ method: 'GET', path }),
  );
  return (
    secret &&
    Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    )
  );
}

/** A Namespace's annotations, or undefined where there is no such namespace. */
export async function getNamespaceAnnotations(
  api: Api,
  name: string,
): Promise<Record<string, string> | undefined> {
  const namespace = await unless(['NotFound'], () =>
    api<{ metadata: { annotations?: Record<string, string> } }>({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(name)}`,
    }),
  );
  return namespace && (namespace.metadata.annotations ?? {});
}
