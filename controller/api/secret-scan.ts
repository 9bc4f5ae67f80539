/** `scan.json` of a teardown: the look for secrets in the files that a run leaves, written before the values go. */
import { z } from 'zod';

export const SecretScan = z.object({
  /** Names of the secrets that were looked for. */
  secrets: z.array(z.string()),
  /** Files that were looked through in the last look, and bytes, with what was unpacked. */
  files: z.number().int(),
  bytes: z.number().int(),
  /** Whether the last look found nothing any more: what it found before is gone. */
  clean: z.boolean(),
  /** What held a secret, relative to the run's folder, and whose name it has. */
  leaks: z.array(z.object({ file: z.string(), secrets: z.array(z.string()) })),
  /** What was removed because it could not be looked through as a whole. */
  unread: z.array(z.object({ file: z.string(), why: z.string() })),
});
export type SecretScan = z.infer<typeof SecretScan>;
