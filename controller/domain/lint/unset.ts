/** What an operator's old app lacks for the head, and no compose file insists on. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { Unset } from '../recipe/compose-facts.ts';
import { newSecrets, type Versions } from '../recipe/version-change.ts';

/** `- NAME` without a value, which a new app's .env sets and an old one does not: the app may or may not mind. */
export function newUnset({ old, head, sampled }: Versions): Unset[] {
  const known = new Set(old.services.flatMap(({ passed }) => passed.map(({ name }) => name)));
  return head.unset.filter(({ name }) => !known.has(name) && (sampled[name] ?? '') !== '');
}

const DOES_NOT_START = new Set([
  'SwarmRollback',
  'UpdatePaused',
  'TaskExited',
  'TaskFailed',
  'HealthcheckFailing',
]);

/** It does mind: the service that lacks a variable is the one that does not start. */
export function unsetCause(failed: Cause, unset: readonly Unset[]): Cause | null {
  const lacking = unset.filter(({ service }) => service === failed.service);
  const [first] = lacking;
  if (first === undefined || !DOES_NOT_START.has(failed.reason)) return null;
  const names = lacking.map(({ name }) => name).join(', ');
  return {
    ...failed,
    reason: 'NewVariableWithoutDefault',
    message: `Service "${first.service}" is given ${names}, which an .env of the version before does not have. ${failed.message}`,
    evidence: [`${first.place.file}:${first.place.line}`, failed.evidence].filter(Boolean).join('\n'),
    nextStep: `Give it a default (\`- ${first.name}=\${${first.name}:-…}\`), or say in a release note what operators must set.`,
  };
}

/** What an operator has to do, or to know, that no check here can fail for. */
export function upgradeNotes(versions: Versions): string[] {
  return [
    ...newSecrets(versions).map(
      ({ key }) =>
        `The secret "${key}" is new, or has a new version: operators must generate it before they upgrade, or the deploy is refused.`,
    ),
    ...newUnset(versions).map(
      ({ name, service, place }) =>
        `Service "${service}" is given ${name} (${place.file}:${place.line}), which an .env of the version before does not set.`,
    ),
  ];
}
