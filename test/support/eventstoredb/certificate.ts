import { generate } from 'selfsigned';
import type { TlsFiles } from './node';

/** A certificate for 127.0.0.1 that is its own authority, for the time of a test. */
export async function makeCertificate(): Promise<TlsFiles> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keySize: 2_048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { key: Buffer.from(key), certificate: Buffer.from(cert) };
}
