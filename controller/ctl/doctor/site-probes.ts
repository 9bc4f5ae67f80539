/** What the checks of the site and of the doors ask: ssh, the tailnet, files with certificates, Gitea. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../../runtime/errors.ts';
import { jsonOf } from '../../runtime/json.ts';
import type { CertificateSeen, Probes } from './port.ts';

/** What a program says; null where it is not installed. Throws with its own last word where it fails. */
export type ProgramAnswer = (program: string, args: readonly string[]) => Promise<string | null>;

const SSH = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '--'];

export async function sshAnswer(program: ProgramAnswer, host: string, command: string): Promise<string> {
  const said = await program('ssh', [...SSH, host, command]);
  if (said === null) throw new Error('ssh is not installed');
  return said;
}

const Tailnet = z.object({ BackendState: z.string() });

export async function tailnet(program: ProgramAnswer): ReturnType<Probes['tailnet']> {
  try {
    const said = await program('tailscale', ['status', '--json', '--peers=false']);
    return said === null ? null : (Tailnet.safeParse(jsonOf(said)).data?.BackendState ?? 'unknown');
  } catch (error) {
    return messageOf(error);
  }
}

export function nixos(program: ProgramAnswer): ReturnType<Probes['nixos']> {
  return program('nixos-version', []);
}

export async function certificateFile({
  file,
  keyFile,
}: {
  readonly file: string;
  readonly keyFile: string;
}): Promise<CertificateSeen> {
  // The first in the file is the leaf.
  const leaf = new X509Certificate(await readFile(file));
  const key = createPrivateKey(await readFile(keyFile));
  return {
    names: [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name),
    validTo: new Date(leaf.validTo),
    fingerprint: leaf.fingerprint256,
    keyFits: leaf.checkPrivateKey(key),
  };
}

export async function spaceOf(folder: string): ReturnType<Probes['space']> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}

const Version = z.object({ version: z.string().max(100) });
const MOST_BYTES = 64 * 1024;

export async function giteaVersion(url: string, limitMs: number): Promise<string> {
  const address = `${url}/api/v1/version`;
  let response: Response;
  try {
    response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(limitMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new Error(`${url} does not answer: ${messageOf(error)}${cause}`, { cause: error });
  }
  const text = (await response.text()).slice(0, MOST_BYTES);
  const { data } = Version.safeParse(jsonOf(text));
  if (response.status !== 200 || data === undefined)
    throw new Error(`${address} answers ${response.status}, and not as Gitea does`);
  return data.version;
}
