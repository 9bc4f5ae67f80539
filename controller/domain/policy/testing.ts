/** What the policy's tests share: an app that is in order, and a judgement of one file. */
import { composeFacts } from '../recipe/compose-facts.ts';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import { policyFindings, type Allow, type Finding } from './policy.ts';

export const STACK = 'web-pr1-abcde2345_ci_test';
export const DOMAIN = 'web-pr1-abcde2345.ci.test';
export const NOTHING: Allow = RecipeSpecBody.parse({
  category: 'simple',
  source: { repo: '/recipe' },
}).allow;

/** A service with which nothing is wrong, in flow style, so that one line can be put after it. */
export function app(lines: string, rest = ''): string {
  const indented = lines
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('');
  return `services:\n  app:\n    image: nginx:1.27.0\n${lines === '' ? '' : indented}${rest}`;
}

export function findingsOf(
  text: string,
  allow: Partial<Allow> = {},
  env: Record<string, string> = {},
): Finding[] {
  const facts = composeFacts({
    files: [{ path: 'compose.yml', text }],
    env: { STACK_NAME: STACK, DOMAIN, ...env },
    stack: STACK,
  });
  return policyFindings(facts, { ...NOTHING, ...allow }, { domain: DOMAIN, stack: STACK, documented: [] });
}

export const errorsOf: typeof findingsOf = (...given) =>
  findingsOf(...given).filter(({ severity }) => severity === 'error');
