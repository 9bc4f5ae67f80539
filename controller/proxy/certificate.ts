/** The wildcard certificate that the operator gives: whether it can be served, and which version of the proxy's secrets it is. */
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, Terminal } from '../runtime/errors.ts';

export interface CertificateFiles {
  /** The certificate with its chain, and its key: PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** Swarm secrets cannot change: a new certificate is a new version of the secret, so its version is its hash. Throws Terminal. */
export async function certificateVersion(
  { certFile, keyFile }: CertificateFiles,
  { zone, now }: { readonly zone: string; readonly now: Date },
): Promise<string> {
  const [cert, key] = await Promise.all([certFile, keyFile].map(readGiven));
  const problem = certificateProblem({
    certFile,
    keyFile,
    cert: parsed(certFile, () => new X509Certificate(cert ?? '')),
    key: parsed(keyFile, () => createPrivateKey(key ?? '')),
    zone,
    now,
  });
  if (problem !== null) throw new Terminal('CertificateWrong', problem);
  return `c${createHash('sha256')
    .update(cert ?? '')
    .update(key ?? '')
    .digest('hex')
    .slice(0, 8)}`;
}

async function readGiven(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Terminal(
      'CertificateMissing',
      `${file} cannot be read (${messageOf(error)}). The operator puts the wildcard certificate and its key there; cc-ci asks no authority for one.`,
      { cause: error },
    );
  }
}

/** The library's own words may quote what it read, which is a key. */
function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Terminal('CertificateWrong', `${file} is not PEM of the kind that belongs there.`, {
      cause: error,
    });
  }
}

interface Given extends CertificateFiles {
  readonly cert: X509Certificate;
  readonly key: KeyObject;
  readonly zone: string;
  readonly now: Date;
}

/** What a person has to do about it; null where it can be served. */
function certificateProblem({ certFile, keyFile, cert, key, zone, now }: Given): string | null {
  const missing = [`any.${zone}`, zone].filter((name) => cert.checkHost(name) === undefined);
  if (missing.length > 0)
    return `${certFile} is for ${cert.subjectAltName ?? 'nothing'}, and has to be for *.${zone} and ${zone}. Have one issued for both.`;
  if (new Date(cert.validTo) <= now)
    return `${certFile} has expired, on ${cert.validTo}. Renew it as docs/secrets.md says.`;
  if (new Date(cert.validFrom) > now)
    return `${certFile} is not valid before ${cert.validFrom}. Look at the clock of this machine, and at the certificate.`;
  return cert.checkPrivateKey(key)
    ? null
    : `${keyFile} is not the key of ${certFile}. Put the key there that belongs to the certificate.`;
}
