/** Reads what earlier green runs used, for a run that is being closed. */
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import { type Earlier, greensLike } from '../domain/run/resources-compared.ts';
import { messageOf } from '../runtime/errors.ts';
import type { RunDeps } from './observe.ts';

/** Newest first. A record that cannot be read is left out, and does not keep the run from being closed. */
export async function earlierGreens(
  { store, records, log }: Pick<RunDeps, 'store' | 'records' | 'log'>,
  own: TestRunStatusBody,
): Promise<Earlier[]> {
  const earlier: Earlier[] = [];
  for (const { uid, version } of greensLike(own, store.statuses())) {
    try {
      const resources = await records.resources(uid);
      if (resources !== null) earlier.push({ version, resources });
    } catch (error) {
      log.warn({ uid, error: messageOf(error) }, 'an earlier result cannot be read');
    }
  }
  return earlier;
}
