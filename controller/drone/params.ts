/** What a build may be told: everything in it is read by strangers and stands in the environment of a shell. Pure. */
import { z } from 'zod';
import type { BuildParams } from '../builds.ts';
import { Terminal } from '../runtime/errors.ts';

/** Letters that mean nothing to a shell, to YAML or to Drone's own `${NAME}`. */
const PLAIN = /^[A-Za-z0-9._~:/@%+-]*$/;
const plain = (most: number) =>
  z.string().max(most).regex(PLAIN, 'holds a character that no build is told').regex(/^[^-]/, 'is an option');

/** `user:password@`, or a token in the place of the user. */
const CREDENTIALS = /^(?:https?|git|file):\/\/[^/]*@|^(?:[a-z+]+:\/\/)?[^/@]*:[^/@]*@/i;

const Params = z.strictObject({
  RECIPE: plain(50),
  REF: plain(200),
  PR: z.string().regex(/^\d{0,12}$/, 'is no number'),
  SRC: plain(500).refine((text) => !CREDENTIALS.test(text), 'holds credentials'),
  RUN: plain(63).regex(/^[a-z0-9.-]+$/, 'is no name'),
});

/** Throws Terminal `BuildParamsRefused`, which never repeats what it refuses. */
export function checkedParams(params: BuildParams): BuildParams {
  const parsed = Params.safeParse(params);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new Terminal(
    'BuildParamsRefused',
    `No build was asked for: ${wrong.join(', ')}. Everybody who sees the build can read its parameters; mend the address or the name in the TestRun.`,
  );
}
