/** The systemd units of modules/units.json as text; NixOS reads the same file, so that a unit is what it is on both. Pure. */
import { z } from 'zod';

const Value = z.union([z.string(), z.boolean(), z.array(z.string())]);

const Unit = z.strictObject({
  description: z.string(),
  after: z.array(z.string()),
  wants: z.array(z.string()),
  requires: z.array(z.string()),
  wantedBy: z.array(z.string()),
  /** From the project's folder. */
  program: z.string(),
  arguments: z.array(z.string()),
  serviceConfig: z.record(z.string(), Value),
});

export const Units = z.record(z.string(), Unit);
export type Units = z.infer<typeof Units>;

export const ENVIRONMENT_FILE = '/etc/cc-ci/environment';

/** What would mean something else to systemd than itself: a blank, a quote, `$`, `%`, a backslash, the end of a line. */
const MEANS_SOMETHING = /[\s"'$%\\;]/;

export class UnitRefused extends Error {
  override readonly name = 'UnitRefused';
}

export interface Place {
  /** The project's folder on the machine. */
  readonly root: string;
  /** More arguments of its program. */
  readonly more: readonly string[];
}

export function renderUnit(unit: z.infer<typeof Unit>, { root, more }: Place): string {
  const words = [`${root}/${unit.program}`, ...unit.arguments, ...more];
  const wrong = words.find((word) => word === '' || MEANS_SOMETHING.test(word));
  if (wrong !== undefined)
    throw new UnitRefused(`"${wrong}" cannot stand in a unit: it has a blank, a quote, $, %, ; or \\ in it.`);
  return `${[
    '# Written by bin/install from modules/units.json; a change of this file is lost.',
    '[Unit]',
    `Description=${unit.description}`,
    ...lines('After', unit.after),
    ...lines('Wants', unit.wants),
    ...lines('Requires', unit.requires),
    '',
    '[Service]',
    `ExecStart=${words.join(' ')}`,
    `EnvironmentFile=${ENVIRONMENT_FILE}`,
    ...Object.entries(unit.serviceConfig).flatMap(([name, value]) => settings(name, value)),
    '',
    '[Install]',
    ...lines('WantedBy', unit.wantedBy),
  ].join('\n')}\n`;
}

const lines = (name: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${name}=${names.join(' ')}`];

function settings(name: string, value: z.infer<typeof Value>): string[] {
  return [value].flat().map((each) => `${name}=${String(each)}`);
}
