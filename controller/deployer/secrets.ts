/** The secrets that an app's compose files ask for, and the values that are generated for them. */
import { randomInt } from 'node:crypto';
import { isTree, textOf, treeAt, type ComposeFile } from './compose.ts';
import type { Env, Modifiers } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';
import { nameProblem } from './names.ts';

/** A secret the app's services use. */
export type SecretWanted = {
  name: string;
  version: string;
  /** `<stack>_<name>_<version>`, as it is called in the swarm. */
  fullName: string;
  /** Undefined: a passphrase of words. */
  length: number | undefined;
  charset: string;
  /** `generate=false`: a person must insert it. */
  generate: boolean;
};

function usedSecrets(files: readonly ComposeFile[]): Set<string> {
  const used = new Set<string>();
  for (const service of files.flatMap((file) => Object.values(treeAt(file.filled, 'services')))) {
    const list = isTree(service) && Array.isArray(service.secrets) ? service.secrets : [];
    for (const item of list) used.add(isTree(item) ? textOf(item.source) : textOf(item));
  }
  return used;
}

type Definition = { external: boolean; name: string | undefined };

function definitionOf(value: unknown): Definition {
  const tree = isTree(value) ? value : {};
  const external = isTree(tree.external) ? tree.external : undefined;
  const name = tree.name ?? external?.name;
  return {
    external: tree.external === true || external !== undefined,
    name: name === undefined ? undefined : textOf(name),
  };
}

/** The definitions of a section (`secrets`, `configs`) over all files, later files winning. */
export function definitionsOf(
  files: readonly ComposeFile[],
  section: string,
  side: 'raw' | 'filled',
): Map<string, Definition> {
  const entries = files.flatMap((file) => Object.entries(treeAt(file[side], section)));
  return new Map(entries.map(([name, value]) => [name, definitionOf(value)]));
}

function lengthOf(name: string, modifiers: Env): number | undefined {
  if (modifiers.length === undefined) return undefined;
  const length = Number(modifiers.length);
  if (!Number.isInteger(length) || length < 1 || length > 4096) {
    throw new Fatal(`secret ${name}: length=${modifiers.length} is not a usable length`);
  }
  return length;
}

/** The modifiers stand on the active env line whose name the raw secret name refers to. */
function modifiersFor(rawName: string, modifiers: Modifiers): Env {
  const key = Object.keys(modifiers).find(
    (candidate) => new RegExp(`\\$\\{?${candidate}\\b`).test(rawName) && candidate !== 'STACK_NAME',
  );
  return key === undefined ? {} : (modifiers[key] ?? {});
}

/** Every external secret in use; a name above Docker's limit is refused with a text that says which. */
export function secretsOf(files: readonly ComposeFile[], modifiers: Modifiers): SecretWanted[] {
  const raw = definitionsOf(files, 'secrets', 'raw');
  const used = usedSecrets(files);
  const wanted: SecretWanted[] = [];
  for (const [name, { external, name: fullName }] of definitionsOf(files, 'secrets', 'filled')) {
    if (!external || fullName === undefined || !used.has(name)) continue;
    if (fullName.endsWith('_')) throw new Fatal(`missing version for secret? (${fullName})`);
    const problem = nameProblem('secret', name, fullName);
    if (problem) throw new Fatal(problem);
    const mine = modifiersFor(raw.get(name)?.name ?? '', modifiers);
    wanted.push({
      name,
      fullName,
      version: fullName.slice(fullName.lastIndexOf('_') + 1),
      length: lengthOf(name, mine),
      charset: mine.charset ?? 'default',
      generate: mine.generate !== 'false',
    });
  }
  return wanted;
}

/** Swarm refuses long config names too, with words nobody understands. */
export function checkConfigNames(files: readonly ComposeFile[]): void {
  for (const [name, { name: fullName }] of definitionsOf(files, 'configs', 'filled')) {
    const problem = fullName === undefined ? undefined : nameProblem('config', name, fullName);
    if (problem) throw new Fatal(problem);
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const CHARSETS: Env = {
  default: LETTERS + DIGITS,
  alnum: LETTERS + DIGITS,
  special: `${LETTERS}${DIGITS}!"#$%&'()*+,-./:;<=>?@[]^_{|}~`,
  safespecial: `${LETTERS}${DIGITS}!@#%^&*_-+=`,
  hex: '0123456789abcdef',
  base64: `${LETTERS}${DIGITS}+/`,
};

function pick(alphabet: string): string {
  return alphabet[randomInt(alphabet.length)] ?? '';
}

const WORDS = 8;

/** Eight pronounceable words of 17 bits each: a password for people, as abra's passphrases are. */
function passphrase(): string {
  const word = () =>
    ['bcdfghjklmnprstvwz', 'aeiou', 'bcdfghjklmnprstvwz', 'aeiou', 'bdfgklmnprst'].map(pick).join('');
  return Array.from({ length: WORDS }, word).join('-');
}

export function generateValue(secret: Pick<SecretWanted, 'name' | 'length' | 'charset'>): string {
  if (secret.length === undefined && secret.charset === 'default') return passphrase();
  const alphabet = CHARSETS[secret.charset.toLowerCase()];
  if (alphabet === undefined)
    throw new Fatal(`secret ${secret.name}: charset=${secret.charset} is not known`);
  return Array.from({ length: secret.length ?? 32 }, () => pick(alphabet)).join('');
}
