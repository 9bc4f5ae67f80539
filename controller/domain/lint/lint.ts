/** Our own checks of a recipe's head against its published version, before anything is deployed. Pure. */
import { configFindings, nameFindings } from './configs.ts';
import { oldEnvFindings } from './env.ts';
import { type Finding, warningFinding } from '../recipe/finding.ts';
import type { LintRecipe } from '../recipe/recipe-at.ts';
import { secretFindings } from './secrets.ts';
import { serviceFindings } from './services.ts';
import { versionFindings } from './version.ts';

export interface LintInput {
  readonly head: LintRecipe;
  /** Tags of the head's own commit. */
  readonly headTags: readonly string[];
  /** The newest published version, the head's own commit left out. */
  readonly newest: string | null;
  /** What operators have: null where nothing is published yet. */
  readonly base: { readonly tag: string; readonly recipe: LintRecipe } | null;
  /** Texts of the head's release notes. */
  readonly notes: string;
}

export function lintFindings({ head, headTags, newest, base, notes }: LintInput): Finding[] {
  return [
    ...brokenFindings(head),
    ...versionFindings({ head, headTags, newest, base }),
    ...secretFindings(head),
    ...serviceFindings(head),
    ...nameFindings(head),
    ...(base === null ? [] : [...configFindings(head, base), ...oldEnvFindings({ head, base, notes })]),
  ];
}

function brokenFindings({ broken }: LintRecipe): Finding[] {
  return broken.map(({ message, place }) =>
    warningFinding({
      rule: 'ComposeInvalid',
      place,
      message: `${place.file} cannot be deployed: ${message}.`,
      fix: 'Whoever adds it to COMPOSE_FILE cannot deploy: mend it, or remove it.',
    }),
  );
}
