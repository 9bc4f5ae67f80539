/** Secrets in plain text. Their values are never quoted. Pure. */
import { pairsOf, treeAt } from '../recipe/compose-parse.ts';
import { parseEnvLines } from '../recipe/dotenv.ts';
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import { assignmentLine, type LintCompose, type LintRecipe } from '../recipe/recipe-at.ts';

/** How variables that hold secrets end; `*_FILE` holds a path. */
const SECRET_KEY = /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|(?:^|_)PASS|(?:^|_)KEY)$/i;
/** Keys that are meant for everybody, or for sorting. */
const PUBLIC_KEY = /(?:PUBLIC|PUB|SITE|SORT|PRIMARY|FOREIGN|PARTITION|HOT)_?KEY$/i;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key) && !PUBLIC_KEY.test(key);

/** What may stand there: nothing, switches, places, addresses, templates. */
const HARMLESS = [
  /^(?:true|false|yes|no|on|off|none|null|0|1|enabled|disabled|required|optional)?$/i,
  /\{\{/,
  /^(?:file:|\.{0,2}\/|[a-z]:\\)/i,
  /\/run\/secrets\//,
  /^https?:\/\/[^@]*$/i,
  /\.(?:pem|key|crt|cert|jks|p12)$/i,
];

function isLiteral(value: string | null): boolean {
  const text = (value ?? '').trim().replace(/^(["'])(.*)\1$/s, '$2');
  // `$$` is docker's way to write a dollar.
  if (text.replaceAll('$$', '').includes('$')) return false;
  return !HARMLESS.some((pattern) => pattern.test(text));
}

export function secretFindings(head: LintRecipe): Finding[] {
  return [...head.composes.flatMap(environmentFindings), ...sampleFindings(head)];
}

const FIX = 'Make it a swarm secret and give the app its path: …_FILE=/run/secrets/<name>.';

/** In an optional file, which may be a developer's own, it is advice. */
function environmentFindings({ document, used }: LintCompose): Finding[] {
  const blame = used ? errorFinding : warningFinding;
  return Object.keys(treeAt(document.tree, 'services')).flatMap((service) =>
    pairsOf(treeAt(document.tree, 'services', service)['environment']).flatMap(({ key, value, step }) => {
      const place = document.place(['services', service, 'environment', step]);
      if (isSecretKey(key) && isLiteral(value)) {
        const message = `${key} of service "${service}" is set in plain text, the same for every app of this recipe.`;
        return [blame({ rule: 'PlainSecret', place, message, fix: FIX })];
      }
      if (!hasPassword(value)) return [];
      const message = `${key} of service "${service}" is an address with a password in plain text.`;
      return [warningFinding({ rule: 'PlainSecret', place, message, fix: FIX })];
    }),
  );
}

/** `postgres://user:hunter2@db/app`, unless the password is a variable. */
function hasPassword(value: string | null): boolean {
  return /:\/\/[^:/@\s]*:[^@/\s${]+@/.test(value ?? '');
}

/** What stands in samples for "put yours here". */
const PLACEHOLDER =
  /^(?:change|todo|fixme|example|placeholder|replace|insert|enter|your|my|some|dummy|test|secret|pass(?:word)?|token|key|x+$|\*+$|\.+$|-+$|<.*>$|\[.*\]$)/i;

function sampleFindings({ texts }: LintRecipe): Finding[] {
  const text = texts.get('.env.sample') ?? '';
  return parseEnvLines(text)
    .filter(({ key, value }) => isSecretKey(key) && isLiteral(value) && !PLACEHOLDER.test(value))
    .map(({ key }) =>
      warningFinding({
        rule: 'SampleSecret',
        place: { file: '.env.sample', line: assignmentLine(text, key) ?? 1 },
        message: `${key} has a value that looks real, and every app starts with it.`,
        fix: 'Leave it empty, comment it out, or make it a swarm secret with SECRET_…_VERSION.',
      }),
    );
}
