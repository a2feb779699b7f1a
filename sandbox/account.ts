import { connectKube } from './kube.ts';
import { readAccess, writeKubeconfig, type Access } from './kubeconfig.ts';

const TOKEN_SECONDS = 24 * 3600;

/**
 * Writes a kubeconfig that acts as an existing service account, with a token asked for by means of
 * another kubeconfig, which also says where the API server is, if `at` does not. Throws the API
 * server's refusal.
 */
export async function writeAccountKubeconfig(
  path: string,
  { namespace, name }: { namespace: string; name: string },
  kubeconfig: string,
  at?: Omit<Access, 'options'>,
): Promise<void> {
  const kube = await connectKube(kubeconfig);
  const { status } = await kube.create<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  );
  writeKubeconfig(path, at ?? (await readAccess(kubeconfig)), status.token);
}
