/** The sidecar of a run: the app's generated secrets by name, mode 600, gone with the teardown. */
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeAtomic } from './atomic.ts';
import type { Layout } from './layout.ts';

/** Secret name to value. */
export const SecretValues = z.record(z.string(), z.string());
export type SecretValues = z.infer<typeof SecretValues>;

export function sidecarFile(layout: Layout, uid: string): string {
  return join(layout.secretsDir(uid), 'app.json');
}

/** No secrets where there is no file. */
export async function readSidecar(file: string): Promise<SecretValues> {
  const text = await readIfThere(file);
  return text === null ? {} : SecretValues.parse(JSON.parse(text));
}

export async function writeSidecar(file: string, secrets: SecretValues): Promise<void> {
  await writeAtomic(file, `${JSON.stringify(secrets)}\n`, { mode: 0o600 });
}
