/** What an operator's old `.env` lacks when the head is deployed with it. Pure. */
import type { Env } from '../recipe/interpolate.ts';
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import type { ComposeFacts } from '../recipe/compose-facts.ts';
import { APP_ENV, assignmentLine, factsOf, LINT_STACK, type LintRecipe } from '../recipe/recipe-at.ts';
import { entryAt } from '../recipe/git-tree.ts';
import { isTold } from '../recipe/told.ts';
import { isSameVersion } from '../recipe/version.ts';
import { newSecrets } from '../recipe/version-change.ts';
import { isMajorBump } from './version.ts';

export interface OldEnv {
  readonly head: LintRecipe;
  readonly base: { readonly tag: string; readonly recipe: LintRecipe };
  /** Texts of the head's release notes. */
  readonly notes: string;
}

/** Both with an old `.env` and the files that it names. */
interface OldEnvFacts {
  readonly before: ComposeFacts;
  readonly after: ComposeFacts;
}

export function oldEnvFindings(change: OldEnv): Finding[] {
  const { head, base } = change;
  const old = base.recipe;
  const facts = {
    before: factsOf(old, old.usedPaths, envWith(old, old.abraSh)),
    after: factsOf(head, old.usedPaths, envWith(old, head.abraSh)),
  };
  return [
    ...goneFindings(change),
    ...variableFindings(change, facts),
    ...secretFindings(change, facts),
    ...passedFindings(change),
  ];
}

/** As an app has it that was made from the published `.env.sample` and not touched since. */
export function envWith(old: LintRecipe, abraSh: Env): Env {
  return { ...old.sample, ...APP_ENV, ...abraSh };
}

function goneFindings({ head, base }: OldEnv): Finding[] {
  const gone = base.recipe.usedPaths.filter((path) => entryAt(head.tree, path) === null);
  const line = assignmentLine(head.texts.get('.env.sample') ?? '', 'COMPOSE_FILE') ?? 1;
  return gone.map((path) =>
    errorFinding({
      rule: 'ComposeFileGone',
      place: { file: '.env.sample', line },
      message: `COMPOSE_FILE of an .env made from ${base.tag} names ${path}, which is not there any more.`,
      fix: `Keep ${path}, if only with \`services: {}\`, until a major version.`,
    }),
  );
}

/** Only what a new app's `.env` brings: where that is empty too, the old one lacks nothing. */
function variableFindings(change: OldEnv, { before, after }: OldEnvFacts): Finding[] {
  const { head, base } = change;
  const known = new Set(before.variables.filter(isUnset).map(({ name }) => name));
  const lacking = after.variables.filter(
    (variable) =>
      isUnset(variable) &&
      !known.has(variable.name) &&
      (variable.kind === 'required' || (head.env[variable.name] ?? '') !== ''),
  );
  return lacking.map(({ name, field, place }) =>
    lacks(
      change,
      name,
    )({
      rule: 'NewVariable',
      place,
      message: `${field} uses ${name}, which is new, has no default, and is not in an .env made from ${base.tag}.`,
      fix: `Give it a default, \${${name}:-…}, or say in the release note of a major version that ${name} must be set.`,
    }),
  );
}

const isUnset = ({ kind }: { kind: string }): boolean => kind === 'missing' || kind === 'required';

/** A major version whose note names the variable has told operators what to do; where the label is not raised yet, any note has. */
function lacks({ head, base, notes }: OldEnv, name: string): typeof errorFinding {
  const { version } = head.facts;
  const mayAsk = isMajorBump(base.tag, version) || isSameVersion(base.tag, version ?? '');
  return mayAsk && isTold(name, notes) ? warningFinding : errorFinding;
}

/** With an old `.env`: what the head asks for and no operator has made yet, an operator's deploy is refused for. */
function secretFindings({ base, notes }: OldEnv, { before, after }: OldEnvFacts): Finding[] {
  return newSecrets({ old: before, head: after }).map(({ key, name, place }) =>
    (isTold(key, notes) ? warningFinding : errorFinding)({
      rule: 'NewSecret',
      place,
      message: `The secret "${key}" is new, or has a new version (${name.replace(`${LINT_STACK}_`, '')}): no app made from ${base.tag} has it, and its deploy is refused.`,
      fix: `Name ${key} in the release note, and say that operators generate it before they upgrade.`,
    }),
  );
}

/** `- NEW` without a value: unset in the container, which the app may or may not mind. */
function passedFindings({ head, base }: OldEnv): Finding[] {
  const old = base.recipe;
  const known = new Set(old.facts.services.flatMap(({ passed }) => passed.map(({ name }) => name)));
  return factsOf(head, head.usedPaths, envWith(old, head.abraSh))
    .unset.filter(({ name }) => !known.has(name) && (head.env[name] ?? '') !== '')
    .map(({ name, service, place }) =>
      warningFinding({
        rule: 'NewVariable',
        place,
        message: `Service "${service}" is given ${name}, which is new and is not in an .env made from ${base.tag}: it will be unset there.`,
        fix: `Give it a default, ${name}=\${${name}:-…}, unless the app has one.`,
      }),
    );
}
