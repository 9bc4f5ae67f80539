/**
 * Whether a recipe may be deployed here, before anything is: an error says no, a warning is shown and nothing more.
 * Pure; file and line are those of the recipe, and every finding says what to change.
 */
import type { ComposeFacts } from '../recipe/compose-facts.ts';
import { bySeverityAndPlace } from '../recipe/finding.ts';
import type { Allow, Finding, PolicyNames } from './finding.ts';
import { hostFindings } from './host.ts';
import { nameFindings } from './names.ts';
import { shapeFindings } from './shape.ts';

export type { Allow, Finding, PolicyNames, Rule } from './finding.ts';

/** Errors first, then by file and line. */
export function policyFindings(facts: ComposeFacts, allow: Allow, names: PolicyNames): Finding[] {
  const findings = [
    ...shapeFindings(facts, names),
    ...hostFindings(facts, allow),
    ...nameFindings(facts, names),
  ];
  return findings.sort(bySeverityAndPlace);
}

/** `#EXTRA_DOMAINS=…` lines of an `.env.sample`. */
export function documentedVariables(envSample: string): string[] {
  return [...envSample.matchAll(/^\s*#\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=/gm)].map(
    (match) => match[1] ?? '',
  );
}
