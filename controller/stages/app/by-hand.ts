/** What an operator of the version before does by hand before the upgrade: as far as the head's release note tells of it, and no further. */
import { readFile, writeFile } from 'node:fs/promises';
import type { PreparedData } from '../../api/stage-data.ts';
import type { Cause } from '../../api/stage.ts';
import type { ComposeFacts } from '../../domain/recipe/compose-facts.ts';
import { logicalLines, parseEnvLines } from '../../domain/recipe/dotenv.ts';
import { isTold, releaseNotesOf } from '../../domain/recipe/told.ts';
import {
  newSecretCause,
  newSecrets,
  newVariableCause,
  newVariables,
  type ReleaseNotes,
  type Versions,
} from '../../domain/recipe/version-change.ts';
import { checkoutExactly } from '../../git/git.ts';
import { readRecipeFile } from '../checkout/recipe-files.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';
import { generateSecrets } from './app-secrets.ts';
import { envFileOf, factsWithEnv } from './checkout-facts.ts';

type Head = Pick<PreparedData, 'commit' | 'version'>;

export interface OldApp extends Versions {
  readonly release: ReleaseNotes;
  /** What was done as the release note says, in sentences. */
  readonly done: readonly string[];
  /** Secrets that the note asks for, as swarm calls them. */
  readonly made: ReadonlySet<string>;
}

/** Both versions with the old .env; what the old app lacks for the head, and no note tells of, ends the stage before anything is changed. */
export async function checkedVersions(
  context: App & Pick<Tools, 'abra'> & Step,
  head: Head,
  old: ComposeFacts,
): Promise<OldApp> {
  await checkoutExactly(context.checkout, head.commit, context.env);
  const release = await releaseNotes(context, head.version);
  const set = await setVariables(context, old, release);
  const versions = await versionsOf(context, old);
  const secrets = newSecrets(versions);
  needNone(newSecretCause(secrets.filter(({ key }) => !isTold(key, release.notes)), release.file)); // oxfmt-ignore
  if (secrets.length > 0) await generateSecrets(context);
  const made = secrets.map(
    ({ key }) => `${release.file} tells operators to generate the secret "${key}", which was done.`,
  );
  return {
    ...versions,
    release,
    done: [...set, ...made],
    made: new Set(secrets.map(({ name }) => name)),
  };
}

async function versionsOf(context: App, old: ComposeFacts): Promise<Versions> {
  const { facts: head, documented, sampled } = await factsWithEnv(context);
  return { old, head, documented, sampled };
}

/** Its line of the new `.env.sample`, with the comment that says how a secret is made. */
async function setVariables(context: App, old: ComposeFacts, release: ReleaseNotes): Promise<string[]> {
  const { file, notes } = release;
  const versions = await versionsOf(context, old);
  const lacking = newVariables(versions);
  const told = ({ name }: { name: string }): boolean =>
    isTold(name, notes) && (versions.sampled[name] ?? '') !== '';
  needNone(newVariableCause(lacking.filter((each) => !told(each)), file)); // oxfmt-ignore
  const names = new Set(lacking.map(({ name }) => name));
  if (names.size === 0) return [];
  const sample = (await readRecipeFile(context.checkout, '.env.sample')) ?? '';
  const lines = logicalLines(sample).filter((line) => parseEnvLines(line).some(({ key }) => names.has(key)));
  const env = envFileOf(context);
  const text = (await readFile(env, 'utf8')).replace(/\n?$/, '\n');
  await writeFile(env, `${text}${lines.join('\n')}\n`, { mode: 0o600 });
  return [...names].map((name) => `${file} tells operators to set ${name}: it was set as in .env.sample.`);
}

async function releaseNotes(
  { checkout }: Pick<App, 'checkout'>,
  version: string | null,
): Promise<ReleaseNotes> {
  const found: { file: string; text: string }[] = [];
  for (const file of releaseNotesOf(version)) {
    const text = await readRecipeFile(checkout, file);
    if (text !== null) found.push({ file, text });
  }
  return {
    notes: found.map(({ text }) => text).join('\n'),
    file: found[0]?.file ?? 'release/next',
  };
}

export function needNone(cause: Cause | null): void {
  if (cause !== null) throw new StageFailure('recipe', cause);
}
