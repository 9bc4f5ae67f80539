/** The rows of `abra recipe lint` as findings. Pure. */
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';

export interface AbraRule {
  readonly ref: string;
  readonly rule: string;
  readonly severity: 'error' | 'warn' | 'unknown';
  /** Null: it could not be read. */
  readonly satisfied: boolean | null;
  readonly skipped: boolean;
  readonly howToFix: string;
}

/** Rules of the built-in deployer that prepare's policy or our own checks judge as well, with file and line, and over all files. */
const JUDGED_HERE = new Set(['B001', 'B002', 'B005', 'B006', 'B007', 'B008', 'B011', 'B012']);

export function abraFindings(rules: readonly AbraRule[]): Finding[] {
  return rules
    .filter(({ ref, satisfied, skipped }) => satisfied !== true && !skipped && !JUDGED_HERE.has(ref))
    .map(({ ref, rule, severity, satisfied, howToFix }) => {
      const blame = severity === 'error' && satisfied === false ? errorFinding : warningFinding;
      const verdict = satisfied === false ? 'is not satisfied' : 'was not judged';
      const message = `abra’s rule ${ref} ${verdict}: ${rule}.`;
      return blame({ rule: ref, place: null, message, fix: howToFix || `Look with \`abra recipe lint\`.` });
    });
}
