/** The last word on a run that was waited for. */
import { resourcesOf, warningOf } from '../../describe/resource-lines.ts';
import type { RunView } from '../../views/runs.ts';
import { oneLine } from '../../views/text.ts';
import { verdictLines } from './verdict-lines.ts';
import type { Ctl } from './world.ts';

/** The last word on a run, with a warning where it used more than earlier ones. */
export async function closingLines(ctl: Ctl, run: RunView): Promise<string[]> {
  const { resources, problem } = await resourcesOf(ctl, run);
  const warning = problem || warningOf(resources);
  const last = warning === '' ? [] : [`  ${'warning:'.padEnd(10)} ${oneLine(warning)}`];
  return [...verdictLines(run, ctl.style, ctl.now()), ...last];
}
