/** Whose recipe the policy judges, and whether its app will be alone with the proxy. */
import type { PolicyNames } from '../../domain/policy/policy.ts';
import type { App, Tools } from '../step/context.ts';

export function policyNames(
  { request, abra }: Pick<App, 'request'> & Pick<Tools, 'abra'>,
  documented: readonly string[],
): PolicyNames {
  return { ...request.app, documented, alone: isAlone(abra) };
}

/** Only a judged tree can be given another network: who reads the recipe's own files deploys into the shared one. */
export const isAlone = ({ takes }: Pick<Tools['abra'], 'takes'>): boolean => takes === 'tree';
