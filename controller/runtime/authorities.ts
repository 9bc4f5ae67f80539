/** Whom this process trusts for TLS, and how the same is said to git: Node's own authorities, the system's, and the one that CCCI_CA_FILE adds. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { messageOf, Terminal } from './errors.ts';

/** Each once, as PEM. Throws Terminal where `caFile` holds none: a missing authority must not look like a bad certificate later. */
export function trustedAuthorities(caFile: string | null): string[] {
  const own = caFile === null ? [] : [readAuthority(caFile)];
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own])];
}

function readAuthority(caFile: string): string {
  try {
    const text = readFileSync(caFile, 'utf8');
    // What is none would be passed over without a word.
    void new X509Certificate(text);
    return text;
  } catch (error) {
    throw new Terminal('CaFileUnusable', `CCCI_CA_FILE cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** For every connection that this process begins from now on; called once, by who builds the process. */
export function trustAuthority(caFile: string | null): void {
  if (caFile !== null) setDefaultCACertificates(trustedAuthorities(caFile));
}

/** By what git is told of a file with all of them: it trusts none beside those. */
export const GIT_AUTHORITIES = 'GIT_SSL_CAINFO';

/** With what git needs in its environment for it; the file is there until `work` is done. */
export async function withGitTrust<T>(
  caFile: string | null,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  if (caFile === null) return work({});
  const dir = await mkdtemp(join(tmpdir(), 'ccci-trust-'));
  try {
    const file = join(dir, 'authorities.pem');
    await writeFile(file, trustedAuthorities(caFile).join('\n'));
    return await work({ [GIT_AUTHORITIES]: file });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
