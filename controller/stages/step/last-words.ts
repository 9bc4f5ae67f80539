/** What the app itself said before it failed: swarm knows how a task ended, and only the app's log says why. */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen, Swarm } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';

/** Reasons that a task ended, or does not get well. */
const TELLING: ReadonlySet<string> = new Set([
  'SwarmRollback',
  'UpdatePaused',
  'OutOfMemory',
  'HealthcheckFailing',
  'TaskExited',
  'TaskFailed',
  'NewVariableWithoutDefault',
]);
const TAIL = 50;
const MAX_QUOTE = 200;

interface Listening {
  readonly swarm: Pick<Swarm, 'observe' | 'logs'>;
  readonly log: Pick<StageLog, 'redact' | 'say'>;
  readonly request: { readonly app: { readonly stack: string } };
}

/** The report with the last line of the log of the task that failed in its cause, where there is one. */
export async function withLastWords(context: Listening, report: StageReport): Promise<StageReport> {
  const { cause } = report;
  if (report.outcome !== 'failed' || cause?.service === undefined || !TELLING.has(cause.reason))
    return report;
  const said = await lastWords(context, cause);
  return said === null ? report : { ...report, cause: { ...cause, ...said } };
}

async function lastWords(
  { swarm, log, request }: Listening,
  cause: Cause,
): Promise<Pick<Cause, 'message' | 'evidence'> | null> {
  try {
    const { services } = await swarm.observe(request.app.stack);
    const service = services.find(({ name }) => name === cause.service);
    if (service === undefined) return null;
    const task = failedTask(service, cause.evidence ?? '');
    const lines = (await swarm.logs(service.id, TAIL)).filter((line) => line.task === task);
    const last = lines.findLast(({ text }) => text.trim() !== '');
    if (last === undefined) return null;
    // Redacted before it is cut, or the cut could hide the end of a secret.
    const text = log.redact(last.text.trim()).slice(0, MAX_QUOTE);
    return {
      message: `${cause.message} It said last: ${JSON.stringify(text)}.`,
      evidence: [cause.evidence, `log of task ${task}: ${text}`].filter(Boolean).join('\n'),
    };
  } catch (error) {
    // The cause stands without them.
    log.say(`the log of "${cause.service}" cannot be read: ${messageOf(error)}`, 'warn');
    return null;
  }
}

/** The one that the evidence names, else the last that ended by itself, else the newest. */
function failedTask({ tasks }: ServiceSeen, evidence: string): string | undefined {
  const named = tasks.find(({ id }) => evidence.includes(id));
  const ended = tasks.filter(({ state }) => state === 'failed' || state === 'complete');
  const among = ended.length > 0 ? ended : tasks;
  const [latest] = among.toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime());
  return (named ?? latest)?.id;
}
