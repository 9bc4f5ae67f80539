/** `doctor`: is everything there that a run needs? Exit 1 if anything fails. */
import { lookOf } from '../../domain/run/appearance.ts';
import { API_VERSION } from '../../api/primitives.ts';
import { counted } from '../../domain/text/count.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { CHECKS, look } from '../doctor/checks.ts';
import type { Finding } from '../doctor/finding.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { didYouMean } from '../../views/suggest.ts';
import { oneLine } from '../../views/text.ts';

export interface DoctorOptions {
  readonly check?: readonly string[];
  readonly output?: string;
}

export interface Row extends Finding {
  readonly name: string;
}

export async function doctor(ctl: Ctl, options: DoctorOptions): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const wanted = options.check ?? [];
  const names = CHECKS.map((check) => check.name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw usageError(
      `There is no check "${unknown}".`,
      `${didYouMean(unknown, names)}Checks: ${names.join(', ')}.`,
    );
  const probes = await ctl.probes(ctl.config);
  const checks = CHECKS.filter((check) => wanted.length === 0 || wanted.includes(check.name));
  const found = await Promise.all(
    checks.map(async (check) => ({ check, finding: await look(check, probes) })),
  );
  // What is not configured is a row only where somebody asks for it.
  const rows: Row[] = found.flatMap(({ check: { name }, finding }) =>
    finding === null ? (wanted.length === 0 ? [] : [{ name, ...NOT_CONFIGURED }]) : [{ name, ...finding }],
  );
  if (output.as === 'table') for (const line of tableOf(ctl, rows)) print(ctl, line);
  else ctl.out.write(serialized({ apiVersion: API_VERSION, kind: 'DoctorReport', items: rows }, output));
  return rows.some(({ state }) => state === 'fail' || state === 'blocked') ? EXIT.failed : EXIT.ok;
}

const NOT_CONFIGURED: Finding = {
  state: 'ok',
  seen: 'not configured',
  todo: 'docs/runbook.md has the variables.',
};

function tableOf(ctl: Ctl, rows: readonly Row[]): string[] {
  const { style } = ctl;
  const width = Math.max(...rows.map((row) => row.name.length));
  const words = Math.max(...rows.map(({ state }) => lookOf(state).word.length));
  const lines = rows.flatMap(({ name, state, seen, todo }) => {
    const { icon, ascii, tone, word } = lookOf(state);
    const mark = style.paint(tone, `${style.unicode ? icon : ascii} ${word.padEnd(words)}`);
    const hint = todo === '' ? [] : [`${' '.repeat(width + words + 5)}${style.unicode ? '→' : '->'} ${todo}`];
    return [`${mark}  ${name.padEnd(width)}  ${oneLine(seen)}`, ...hint];
  });
  const count = (state: Finding['state']): number => rows.filter((row) => row.state === state).length;
  return [
    ...lines,
    '',
    `${count('ok')} ok, ${counted(count('warn'), 'warning')}, ${counted(count('fail'), 'failure')}${count('blocked') === 0 ? '' : `, ${count('blocked')} blocked`}`,
  ];
}
