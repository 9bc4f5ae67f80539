/** Whose fault a red run is, as its report has it. */
import { referenceText } from '../domain/report/reference.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

/** A sentence; null where nobody asked, or it is of an earlier run of that name. Throws where the report cannot be read. */
export async function whoseFault(
  { reading }: Pick<Viewer, 'reading'>,
  { metadata, status }: RunView,
): Promise<string | null> {
  const report = await reading.report(metadata.name);
  if (report === null || report.status.uid !== status.uid || report.status.reference === null) return null;
  return referenceText(report.status.reference);
}
