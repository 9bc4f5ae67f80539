/**
 * Whether a recipe may be deployed here, before anything is: an error says no, a warning is shown and nothing more.
 * Pure; file and line are those of the recipe, and every finding says what to change.
 */
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import type { ComposeFacts } from '../recipe/compose-facts.ts';
import { at, bySeverityAndPlace } from '../recipe/finding.ts';
import type { Allow, Finding, PolicyNames } from './finding.ts';
import { judge, MAX_JUDGED } from './judge.ts';
import { nameFindings } from './names.ts';
import { shapeFindings } from './shape.ts';

export type { Allow, Finding, PolicyNames, Rule } from './finding.ts';

/** Errors first, then by file and line. */
export function policyFindings(facts: ComposeFacts, allow: Allow, names: PolicyNames): Finding[] {
  const said = [...shapeFindings(facts, names), ...nameFindings(facts, names)];
  const found = [...said, ...judged(facts, { allow, names, said })];
  const all = [...found, ...refusedFindings(facts, found)].sort(bySeverityAndPlace);
  return all.slice(0, MAX_JUDGED).map(bounded);
}

/** What docker's loader refuses; where the policy has an error at the same place, that says it better. */
function refusedFindings({ refused }: ComposeFacts, found: readonly Finding[]): Finding[] {
  const known = new Set(found.filter(({ severity }) => severity === 'error').map(placeOf));
  return refused
    .filter(({ place }) => !known.has(placeOf(at(place))))
    .map(({ message, place }): Finding => ({
      rule: 'ComposeInvalid',
      severity: 'error',
      ...at(place),
      message: `Docker refuses ${place.file}: ${message}.`,
      fix: 'Write it as docs/compose-files.md says; `docker stack config` shows what docker makes of it.',
    }));
}

const placeOf = ({ file, line }: Pick<Finding, 'file' | 'line'>): string => `${file}:${line}`;

/** What only the operator's `allow` lets through, as the errors that it would be without it. */
export function liftedFindings(facts: ComposeFacts, allow: Allow, names: PolicyNames): Finding[] {
  const nothing = RecipeSpecBody.shape.allow.parse({});
  const left = new Set(policyFindings(facts, allow, names).map((each) => JSON.stringify(each)));
  return policyFindings(facts, nothing, names).filter(
    (each) => each.severity === 'error' && !left.has(JSON.stringify(each)),
  );
}

/** Names and values in a message are the recipe's, and may be as long as its files. */
function bounded(finding: Finding): Finding {
  const shortened = (text: string): string =>
    text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}….`;
  return { ...finding, message: shortened(finding.message), fix: shortened(finding.fix) };
}

const MAX_TEXT = 1000;

/** A variable that nobody set, or that cannot stand there, explains why the value is wrong: it is said once. */
function judged(
  facts: ComposeFacts,
  { allow, names, said }: { allow: Allow; names: PolicyNames; said: readonly Finding[] },
): Finding[] {
  if (facts.services.length === 0) return [];
  const { domain, alone = false } = names;
  const explained = new Set(
    said.filter(({ rule, severity }) => severity === 'error' && rule.endsWith('Variable')).map(placeOf),
  );
  return facts.documents
    .flatMap(({ tree, place }) => judge(tree, { stack: facts.stack, domain, allow, alone, place }))
    .filter((finding) => !(VALUE.has(finding.rule) && explained.has(placeOf(finding))));
}

const VALUE = new Set(['WrongValue', 'OverLimit']);

/** `#EXTRA_DOMAINS=…` lines of an `.env.sample`. */
export function documentedVariables(envSample: string): string[] {
  return [...envSample.matchAll(/^\s*#\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=/gm)].map(
    (match) => match[1] ?? '',
  );
}
