/** Reads what abra prints: its JSON lists, its tables, its FATA lines. */
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { findJson } from './find-json.ts';

/** abra said something that cannot be read; the message quotes what was seen. */
export class ParseError extends Error {
  override name = 'ParseError';
  readonly what: string;
  readonly where: string;
  readonly excerpt: string;
  constructor(problem: { what: string; where: string; text: string }) {
    const excerpt = excerptOf(problem.text);
    super(`${problem.where}: ${problem.what}${excerpt === '' ? ' (no output)' : `: ${excerpt}`}`);
    this.what = problem.what;
    this.where = problem.where;
    this.excerpt = excerpt;
  }
}

const EXCERPT = 300;

function excerptOf(text: string): string {
  const clean = stripVTControlCharacters(text).trim();
  return clean.length > EXCERPT ? `${clean.slice(0, EXCERPT)}…` : clean;
}

/** Strings mostly; booleans and numbers are taken as their text, because versions differ. */
const Text = z
  .union([z.string(), z.boolean(), z.number(), z.null()])
  .transform((value) => (value === null ? '' : String(value)));
const OptionalText = Text.optional().transform((value) => value ?? '');

function readJson<T>(text: string, where: string, schema: z.ZodType<T>): T {
  const found = findJson(stripVTControlCharacters(text));
  if (found === undefined) throw new ParseError({ what: 'no JSON in its answer', where, text });
  const parsed = schema.safeParse(found.value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const what = `unexpected JSON at "${issue?.path.join('.') ?? ''}" (${issue?.message ?? 'invalid'})`;
  throw new ParseError({ what, where, text });
}

/** `recipe` has a malformed tag in abra's source, so it may arrive as `Recipe`. */
const AppRow = z
  .looseObject({ recipe: OptionalText, Recipe: OptionalText })
  .transform(({ recipe, Recipe, ...rest }) => ({ ...rest, recipe: recipe || Recipe }))
  .pipe(
    z.object({
      server: OptionalText,
      recipe: z.string(),
      appName: OptionalText,
      domain: OptionalText,
      status: OptionalText,
      chaos: OptionalText,
      chaosVersion: OptionalText,
      version: OptionalText,
      upgrade: OptionalText,
    }),
  );
export type AppRow = z.infer<typeof AppRow>;

const AppServers = z.record(z.string(), z.object({ apps: z.array(AppRow).nullish() }));

/** `app ls -S -m`: nested by server; the server's name is filled in where a row lacks it. */
export function parseAppList(text: string): AppRow[] {
  const servers = readJson(text, 'abra app ls', AppServers);
  return Object.entries(servers).flatMap(([server, { apps }]) =>
    (apps ?? []).map((row) => ({ ...row, server: row.server || server })),
  );
}

const PsRow = z.object({
  service: OptionalText,
  chaos: OptionalText,
  created: OptionalText,
  image: OptionalText,
  ports: OptionalText,
  state: OptionalText,
  status: OptionalText,
  version: OptionalText,
});
export type PsRow = z.infer<typeof PsRow>;

/** `app ps -m`: what the keys mean is not known, so `.service` counts and the key only fills in for it. */
export function parseAppPs(text: string): PsRow[] {
  const rows = readJson(text, 'abra app ps', z.record(z.string(), PsRow));
  return Object.entries(rows).map(([key, row]) => ({ ...row, service: row.service || key }));
}

const ServerRow = z.object({ name: Text, host: OptionalText });
export type ServerRow = z.infer<typeof ServerRow>;

export function parseServerList(text: string): ServerRow[] {
  return readJson(text, 'abra server ls', z.array(ServerRow).nullable()) ?? [];
}

const GeneratedSecret = z.object({ name: z.string(), value: z.string() });
export type GeneratedSecret = z.infer<typeof GeneratedSecret>;
const Generated = z.union([z.array(GeneratedSecret), z.record(z.string(), z.string()), z.null()]);

/** `secret generate -m`: an array of name and value, or a mapping. No text of it ever gets into an error. */
export function parseGenerated(text: string): GeneratedSecret[] {
  const where = 'abra app secret generate';
  const found = findJson(stripVTControlCharacters(text));
  const parsed = Generated.safeParse(found?.value);
  if (!parsed.success)
    throw new ParseError({
      what: 'its answer is not a list of secrets',
      where,
      text: '(not shown: it may hold secrets)',
    });
  if (parsed.data === null) return [];
  if (Array.isArray(parsed.data)) return parsed.data;
  return Object.entries(parsed.data).map(([name, value]) => ({ name, value }));
}

export type SecretRow = { name: string; version: string; fullName: string; created: boolean };

/** Keys are the table's headers in lower case: `generated name`, perhaps `generated_name`. */
function secretRow(row: Record<string, string>): SecretRow {
  const keys = Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key.toLowerCase().replace(/[^a-z]/g, ''), value]),
  );
  return {
    name: keys.name ?? '',
    version: keys.version ?? '',
    fullName: keys.generatedname ?? keys.fullname ?? keys.remotename ?? '',
    created: /^(?:true|yes)$/i.test(keys.createdonserver ?? keys.created ?? ''),
  };
}

export function parseSecretList(text: string): SecretRow[] {
  const rows = readJson(text, 'abra app secret ls', z.array(z.record(z.string(), Text)).nullable());
  return (rows ?? []).map(secretRow);
}

const LEVEL = /^\s*(DEBU|INFO|WARN|ERRO|FATA)\b\s*(?:<[^>]*>\s*)?(.*)$/;

/** The text of the last FATA line with what follows it, up to the next log line. */
export function parseFatal(text: string): string | undefined {
  const lines = stripVTControlCharacters(text).split(/\r?\n/);
  const start = lines.findLastIndex((line) => LEVEL.exec(line)?.[1] === 'FATA');
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => LEVEL.test(line));
  const more = end < 0 ? rest : rest.slice(0, end);
  return [LEVEL.exec(lines[start] ?? '')?.[2] ?? '', ...more].join('\n').trim();
}

/** The restic snapshot that a backup wrote, as JSON or as restic's own sentence. */
export function parseSnapshotId(text: string): string | undefined {
  const pattern = /"snapshot_id"\s*:\s*"([0-9a-f]{8,64})"|\bsnapshot[ _:-]*(?:id)?[ :=]*([0-9a-f]{8,64})\b/gi;
  const last = [...stripVTControlCharacters(text).matchAll(pattern)].at(-1);
  return last?.[1] ?? last?.[2];
}
