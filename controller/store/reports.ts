/** What was said of runs elsewhere: a file a run, written by its reporter alone, removed with the run. */
import { mkdir } from 'node:fs/promises';
import { API_VERSION } from '../api/primitives.ts';
import { ReportStatus, type ReportStatusBody } from '../api/report-status.ts';
import { Conflict, messageOf, Terminal } from '../runtime/errors.ts';
import { readIfThere, writeAtomic } from './atomic.ts';
import type { Layout } from './layout.ts';

export interface Reports {
  /** Compare-and-swap, fsynced. Throws Conflict where the version is another, or a write of it is under way. No write if nothing changed. */
  put(name: string, status: ReportStatusBody, resourceVersion: number): Promise<void>;
}

/** Null where nothing was said. Throws Terminal where the file is no report: who writes over it might say everything twice. */
export async function readReport(layout: Layout, name: string): Promise<ReportStatus | null> {
  const file = layout.reportFile(name);
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return ReportStatus.parse(JSON.parse(text));
  } catch (error) {
    throw new Terminal('ReportDamaged', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

export function makeReports(layout: Layout): Reports {
  const writing = new Set<string>();
  const put: Reports['put'] = async (name, status, resourceVersion) => {
    const old = await readReport(layout, name);
    if ((old?.metadata.resourceVersion ?? 0) !== resourceVersion) throw conflict(name);
    if (old !== null && JSON.stringify(old.status) === JSON.stringify(status)) return;
    const next: ReportStatus = {
      apiVersion: API_VERSION,
      kind: 'ReportStatus',
      metadata: { name, resourceVersion: resourceVersion + 1 },
      status,
    };
    await mkdir(layout.reports, { recursive: true });
    await writeAtomic(layout.reportFile(name), `${JSON.stringify(next, null, 1)}\n`);
  };
  return {
    put: async (name, status, resourceVersion) => {
      if (writing.has(name)) throw conflict(name);
      writing.add(name);
      try {
        await put(name, status, resourceVersion);
      } finally {
        writing.delete(name);
      }
    },
  };
}

function conflict(name: string): Conflict {
  return new Conflict(`The report of "${name}" changed meanwhile.`);
}
