import { messageOf } from '../../controller/runtime/errors.ts';
import { Differs, type Check } from './check.ts';
import { AFTER } from './checks-after.ts';
import { BACKUP } from './checks-backup.ts';
import { BEFORE } from './checks-before.ts';
import { CHAOS } from './checks-chaos.ts';
import { SECRETS } from './checks-secrets.ts';
import type { World } from './world.ts';

/** In this order: later checks build on the app that earlier ones made. */
export const CHECKS: readonly Check[] = [...BEFORE, ...SECRETS, ...CHAOS, ...BACKUP, ...AFTER];

export type Finding = { section: string; says: string; agrees: boolean; seen: string; seconds: number };

async function lookAt(check: Check, world: World): Promise<Finding> {
  const began = performance.now();
  const finding = (agrees: boolean, seen: string): Finding => ({
    section: check.section,
    says: check.says,
    agrees,
    seen,
    seconds: (performance.now() - began) / 1000,
  });
  try {
    await check.look(world);
    return finding(true, '');
  } catch (error) {
    return finding(
      false,
      error instanceof Differs ? error.message : `could not be looked at: ${messageOf(error)}`,
    );
  }
}

export async function runSuite(world: World, tell: (finding: Finding) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const finding = await lookAt(check, world);
    tell(finding);
    findings.push(finding);
  }
  return findings;
}
