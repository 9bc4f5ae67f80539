/** The units give up what their work allows. */
import { expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../../controller/config.ts';
import { renderUnit, Units } from '../../controller/units/render.ts';
import { exposures } from '../bench/units.ts';
import { commandPath } from '../sandbox/packages.ts';

it.skipIf(commandPath('systemd-analyze') === undefined)(
  'a unit is closed to 4.0 at the most, but for the controller, whose steps make sandboxes',
  async () => {
    const figures = Object.fromEntries((await exposures()).map(({ unit, figure }) => [unit, figure]));
    expect(Object.keys(figures)).toEqual(['cc-ci-swarm', 'cc-ci-proxy', 'cc-ci']);
    expect(Object.keys(figures).filter((unit) => (figures[unit] ?? 10) > 4)).toEqual(['cc-ci']);
    const text = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');
    const [, said] = /the controller's unit has ([\d.]+) of 10/.exec(text) ?? [];
    expect(Number(said)).toBe(figures['cc-ci']);
  },
);

it.skipIf(commandPath('systemd-analyze') === undefined)(
  'systemd knows every word of the units, and finds the programs that they call',
  async () => {
    const units = Units.parse(JSON.parse(readFileSync(join(ROOT, 'modules', 'units.json'), 'utf8')));
    const dir = mkdtempSync(join(tmpdir(), 'ccci-units-'));
    try {
      const files = Object.entries(units).map(([name, unit]) => {
        const file = join(dir, `${name}.service`);
        writeFileSync(file, renderUnit(unit, { root: ROOT, more: [] }));
        return file;
      });
      // A word that it does not know is only a line on stderr.
      const { stderr } = await execa('systemd-analyze', ['verify', ...files], { reject: false });
      const ours = stderr.split('\n').filter((line) => line.includes(dir) || line.startsWith('cc-ci'));
      expect(ours).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
