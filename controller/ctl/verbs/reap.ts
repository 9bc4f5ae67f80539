/** `reap`: removes what is ours and belongs to no run, or only says what that would be. */
import type { ReapSummary } from '../../views/cluster.ts';
import { API_VERSION } from '../../api/primitives.ts';
import { counted } from '../../domain/text/count.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { oneLine } from '../../views/text.ts';

export interface ReapOptions {
  readonly dryRun?: boolean;
  readonly output?: string;
}

export async function reap(ctl: Ctl, options: ReapOptions): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const dryRun = options.dryRun === true;
  const summary = await (await ctl.cluster()).reap({ dryRun });
  if (output.as === 'table') show(ctl, summary, dryRun);
  else ctl.out.write(serialized({ apiVersion: API_VERSION, kind: 'ReapReport', dryRun, ...summary }, output));
  return summary.failed.length > 0 ? EXIT.failed : EXIT.ok;
}

function show(ctl: Ctl, { seen, ours, young, removed, failed }: ReapSummary, dryRun: boolean): void {
  const verb = dryRun ? 'would remove' : 'removed';
  for (const line of removed) print(ctl, `${verb} ${oneLine(line)}`);
  for (const line of failed) print(ctl, `not removed: ${oneLine(line)}`);
  const counts = `${counted(seen, 'thing')} seen on the swarm, ${ours} ours, ${young} too young to judge`;
  say(ctl, removed.length + failed.length === 0 ? `No orphans found (${counts}).` : `${counts}.`);
  if (failed.length > 0) say(ctl, 'The controller tries the rest again, or call `ccci-ctl reap` again.');
}
