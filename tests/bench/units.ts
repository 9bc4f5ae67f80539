/** How far each unit of modules/units.json is closed to the rest of the machine, as `systemd-analyze security` counts it: 0 is closed, 10 is open. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../../controller/config.ts';
import { renderUnit, Units } from '../../controller/units/render.ts';

export interface Exposure {
  readonly unit: string;
  readonly figure: number;
  /** What the unit gives up nothing of, as systemd names it, the weightiest first. */
  readonly open: readonly string[];
}

export async function exposures(): Promise<Exposure[]> {
  const units = Units.parse(JSON.parse(await readFile(join(ROOT, 'modules', 'units.json'), 'utf8')));
  const dir = await mkdtemp(join(tmpdir(), 'ccci-units-'));
  try {
    const found: Exposure[] = [];
    for (const [unit, each] of Object.entries(units)) {
      const file = join(dir, `${unit}.service`);
      await writeFile(file, renderUnit(each, { root: '/opt/cc-ci', more: [] }));
      found.push(await exposureOf(unit, file));
    }
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function exposureOf(unit: string, file: string): Promise<Exposure> {
  const args = ['security', '--offline=true', '--no-pager', file];
  // It ends with 1 where the figure is above its own limit, which is not ours.
  const { stdout } = await execa('systemd-analyze', args, { reject: false, env: { SYSTEMD_COLORS: '0' } });
  const figure = Number(/exposure level for \S+: (\d+\.\d)/.exec(stdout)?.[1]);
  if (Number.isNaN(figure))
    throw new Error(`systemd-analyze says no figure of ${unit}: ${stdout.slice(0, 200)}`);
  const open = [...stdout.matchAll(/^✗ (\S+).*\s(\d\.\d)\s*$/gm)]
    .map(([, name = '', weight = '']) => ({ name, weight: Number(weight) }))
    .sort((a, b) => b.weight - a.weight);
  return { unit, figure, open: open.map(({ name, weight }) => `${name} ${weight}`) };
}

export async function benchUnits(_times: number, out: (line: string) => void): Promise<void> {
  for (const { unit, figure, open } of await exposures()) {
    out(`${unit.padEnd(12)} ${figure.toFixed(1)} of 10`);
    for (const each of open) out(`             open: ${each}`);
  }
}
