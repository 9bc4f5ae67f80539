/** The Go and the C compiler of this machine, and what is missing of them: nothing is installed. */
import { delimiter } from 'node:path';
import { execa } from 'execa';
import { commandPath } from '../sandbox/packages.ts';

export interface Needs {
  /** What is built, for the message. */
  readonly what: string;
  /** The oldest Go that will do, as go.mod names it: `1.26.2`. */
  readonly go: string;
  /** What a C compiler is needed for, where one is: `SQLite`. */
  readonly c?: string;
}

/** Something has to be installed first, which is for a person to do. */
export class MissingTools extends Error {}

export interface Go {
  /** The program. */
  readonly path: string;
  /** `go1.26.8` */
  readonly version: string;
}

/** This machine's Go; throws MissingTools with all that is missing. */
export async function findGo(needs: Needs): Promise<Go> {
  const path = goPath();
  const found = path === undefined ? undefined : await versionOf(path);
  const missing = missingTools(found, needs, (command) => commandPath(command) !== undefined);
  if (path !== undefined && found !== undefined && missing.length === 0) return { path, version: found };
  throw new MissingTools(
    `${needs.what} cannot be built on this machine: ${missing.join('; ')}. Nothing was installed.`,
  );
}

/** Go's own installer puts it where no PATH leads by itself. */
function goPath(): string | undefined {
  return commandPath('go', [process.env['PATH'], '/usr/local/go/bin'].join(delimiter));
}

/** A sentence's part for each tool that is missing or too old. */
export function missingTools(
  found: string | undefined,
  needs: Needs,
  has: (command: string) => boolean,
): string[] {
  const go = `Go ${needs.go} or newer is needed`;
  const missing: string[] = [];
  if (found === undefined) missing.push(`${go}, and there is no \`go\``);
  else if (isOlder(found, needs.go)) missing.push(`${go}, and this machine's is ${found}`);
  if (needs.c !== undefined && !has('gcc'))
    missing.push(`a C compiler is needed for ${needs.c}, and there is no \`gcc\``);
  return missing;
}

/** No newer toolchain is fetched behind anybody's back: GOTOOLCHAIN. */
async function versionOf(go: string): Promise<string | undefined> {
  const { stdout, failed } = await execa(go, ['env', 'GOVERSION'], {
    env: { GOTOOLCHAIN: 'local' },
    reject: false,
  });
  return failed ? undefined : stdout.trim();
}

/** `go1.26.8` against `1.26.2`; of a release candidate the numbers count. */
function isOlder(found: string, wanted: string): boolean {
  const numbers = (version: string): number[] => (version.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [have, want] = [numbers(found), numbers(wanted)];
  const at = want.findIndex((number, index) => number !== (have[index] ?? 0));
  return at !== -1 && (have[at] ?? 0) < (want[at] ?? 0);
}
