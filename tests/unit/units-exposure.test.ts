/** The units give up what their work allows. */
import { expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../controller/config.ts';
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
