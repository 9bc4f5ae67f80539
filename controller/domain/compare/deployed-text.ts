/** What was deployed, as text that may be kept: compose files filled in and the app's .env, without what looks like a secret. Pure. */
import { stringify } from 'yaml';
import { fillDocument } from '../recipe/compose-fill.ts';
import type { ComposeInput } from '../recipe/compose-facts.ts';
import { isTree, parseCompose } from '../recipe/compose-parse.ts';
import type { Env } from '../recipe/interpolate.ts';
import { isSecretKey } from '../lint/secrets.ts';
import { REDACTED } from '../secrets/redact.ts';

/** In the run's artefacts. */
export const DEPLOYED_COMPOSE = 'deployed-compose.yml';
export const DEPLOYED_ENV = 'deployed.env';

/** Wider than what lint blames: here a mistake costs nothing but a line of the comparison. */
const SENSITIVE = /pass|secret|token|credential|salt|private|dsn|api_?key|htaccess|basic_?auth/i;
/** A version or a path of a secret is none. */
const NAMES_ONE = /_(?:VERSION|FILE|PATH|LENGTH|NAME)$/i;
const CREDENTIALS = /(:\/\/[^:/@\s]*:)[^@/\s]+@/g;

export function isSensitive(name: string): boolean {
  return !NAMES_ONE.test(name) && (isSecretKey(name) || SENSITIVE.test(name));
}

function hidden(name: string, value: string): string {
  if (value !== '' && isSensitive(name)) return REDACTED;
  return value.replaceAll(CREDENTIALS, `$1${REDACTED}@`);
}

function withoutSecrets(env: Env): Env {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, hidden(name, value)]));
}

/** One `NAME=value` a line, by name. */
export function deployedEnv(env: Env): string {
  const lines = Object.entries(withoutSecrets(env)).map(
    ([name, value]) => `${name}=${/[\n\r"]/.test(value) ? JSON.stringify(value) : value}\n`,
  );
  return lines.sort().join('');
}

/** One YAML document a file, in the order of COMPOSE_FILE: later ones win. */
export function deployedCompose({ files, env }: Pick<ComposeInput, 'files' | 'env'>): string {
  const visible = withoutSecrets(env);
  return files
    .map((file) => {
      const parsed = parseCompose(file);
      const body =
        'message' in parsed
          ? `# cannot be read: ${parsed.message}\n`
          : stringify(withoutValues(fillDocument(parsed, visible).tree), {
              lineWidth: 0,
              aliasDuplicateObjects: false,
            });
      return `---\n# ${file.path}\n${body}`;
    })
    .join('');
}

/** In mappings, and in lists of `NAME=value`. */
function withoutValues(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutValues(item));
  if (isTree(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutValues(item, key)]));
  if (typeof value === 'number' && isSensitive(name)) return REDACTED;
  return typeof value === 'string' ? hiddenScalar(name, value) : value;
}

function hiddenScalar(name: string, value: string): string {
  const shown = hidden(name, value);
  const [, key, rest = ''] = /^([\w.-]+)=(.*)$/s.exec(shown) ?? [];
  return key === undefined ? shown : `${key}=${hidden(key, rest)}`;
}
