/** A service that had all of its processes cannot start another, and what then failed is only how that showed. Pure. */
import type { StageReport } from './report.ts';

/** How a service without a process left gets on. */
const EXPLAINED: ReadonlySet<string> = new Set([
  'HealthcheckFailing',
  'TaskExited',
  'TaskFailed',
  'NotConverged',
]);

export function withProcessLimit(report: StageReport, atLimit: ReadonlyMap<string, number>): StageReport {
  const { cause } = report;
  const limit = atLimit.get(cause?.service ?? '');
  if (report.outcome !== 'failed' || !cause || limit === undefined || !EXPLAINED.has(cause.reason))
    return report;
  return {
    ...report,
    cause: {
      ...cause,
      reason: 'ProcessLimit',
      message: `Service "${cause.service}" had all of its ${limit} processes, and could start no other. ${cause.message}`,
      nextStep:
        'Raise `deploy.resources.limits.pids` in the recipe, or the operator CCCI_LIMIT_PIDS; or make the app start fewer.',
    },
  };
}
