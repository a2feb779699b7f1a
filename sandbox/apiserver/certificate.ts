import { generate } from 'selfsigned';

/** A certificate and its key, as PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate for https://127.0.0.1 that vouches for itself; made anew for each server. */
export async function createCertificate(): Promise<Certificate> {
  const subject = [{ name: 'commonName', value: 'sandbox' }];
  const { private: key, cert } = await generate(subject, {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { key, cert };
}
