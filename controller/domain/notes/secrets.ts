/** Secrets that an operator has to make before the upgrade, or may remove after it. Pure. */
import type { NamedThing } from '../recipe/compose-facts.ts';
import { LINT_STACK } from '../recipe/recipe-at.ts';
import { parseEnv } from '../recipe/dotenv.ts';
import { type Change, nameVariables, type Note, type Side } from './change.ts';
import { code, CONFIGURE, shownVersion } from './quoted.ts';

interface Secret {
  /** As abra calls it: without stack and version. */
  readonly name: string;
  readonly version: string;
  /** As swarm calls it. */
  readonly full: string;
  /** Of this app alone. */
  readonly own: boolean;
  /** In the `.env`, which says the version; null where the recipe itself does. */
  readonly variable: string | null;
}

export function secretNotes({ old, head }: Change): Note[] {
  const [before, after] = [secretsOf(old), secretsOf(head)];
  const had = new Set(before.map(({ full }) => full));
  const kept = new Set(after.map(({ name }) => name));
  return [
    ...after.filter(({ full }) => !had.has(full)).map((secret) => {
      const was = before.find(({ name }) => name === secret.name);
      return was === undefined ? fresh(secret, head) : bumped(was, secret, head);
    }),
    ...before.filter(({ name }) => !kept.has(name)).map(gone),
  ];
} // oxfmt-ignore

/** Those that come with the recipe's files are no operator's to make. */
function secretsOf(side: Side): Secret[] {
  return side.facts.secrets
    .filter(({ used, external }) => used && external)
    .map((thing) => secretOf(thing, side));
}

function secretOf({ key, name: full }: NamedThing, { recipe, documents }: Side): Secret {
  const prefix = `${LINT_STACK}_`;
  const own = full.startsWith(prefix);
  const { name = '', version = '' } =
    /^(?<name>.+)_(?<version><\w+>|[^_>]*)$/.exec(own ? full.slice(prefix.length) : '')?.groups ?? {};
  const variable = nameVariables({ documents }, key).at(-1) ?? null;
  return {
    name: name === '' ? key : name,
    version,
    full,
    own,
    variable: variable === null || Object.hasOwn(recipe.abraSh, variable) ? null : variable,
  };
}

function noted(kind: Note['kind'], subject: string, text: string): Note {
  return { kind, subject, text, byHand: kind !== 'removedSecret' };
}

function fresh(secret: Secret, head: Side): Note {
  const subject = `The secret ${code(secret.own ? secret.name : secret.full)} is new`;
  const text = secret.own
    ? `${subject}: before you upgrade, ${making(secret, head)}.`
    : `${subject}, and is not this app’s alone: before you upgrade, make it on the server with \`docker secret create\`, unless it is there.`;
  return noted('newSecret', secret.name, text);
}

function bumped(was: Secret, secret: Secret, head: Side): Note {
  const versions = `${shownVersion(secret.version)} instead of ${shownVersion(was.version)}`;
  const text = `The secret ${code(secret.name)} has a new version, ${versions}: before you upgrade, ${making(secret, head)}. What was set up with the old value, such as a database’s user, has to be given the new one.`;
  return noted('secretVersion', secret.name, text);
}

/** What to type. The value is abra's to make, or the operator's to bring. */
function making({ name, version, variable }: Secret, { recipe }: Side): string {
  const { modifiers } = parseEnv(recipe.texts.get('.env.sample') ?? '');
  const kept = variable === null ? {} : (modifiers[variable] ?? {});
  const target = `<domain> ${name} ${shownVersion(version)}`;
  const command =
    kept['generate'] === 'false'
      ? `abra app secret insert ${target} --file <file>`
      : `abra app secret generate ${target}`;
  return variable === null ? code(command) : `${setting(variable, recipe.sample[variable], kept)}, then ${code(command)}`;
} // oxfmt-ignore

/** With its length and characters, which abra reads from the `.env`. */
function setting(variable: string, value: string | undefined, modifiers: Readonly<Record<string, string>>): string {
  if (value === undefined)
    return `take the line ${code(`${variable}=…`)} from the new \`.env.sample\` into your \`.env\` with ${CONFIGURE}`;
  const comment = ['length', 'charset', 'generate'].flatMap((key) =>
    /^\w+$/.test(modifiers[key] ?? '') ? [`${key}=${modifiers[key]}`] : [],
  );
  const line = [`${variable}=${shownVersion(value)}`, ...(comment.length === 0 ? [] : ['#', ...comment])].join(' ');
  return `set ${code(line)} with ${CONFIGURE}`;
} // oxfmt-ignore

function gone({ name, own, full }: Secret): Note {
  const text = own
    ? `The secret ${code(name)} is not used any more: after the upgrade, ${code(`abra app secret rm <domain> ${name}`)} removes it.`
    : `The secret ${code(full)} is not used any more.`;
  return noted('removedSecret', name, text);
}
