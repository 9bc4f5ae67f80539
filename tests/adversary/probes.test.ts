/** The table of probes says what is so: each of them is a test that is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../controller/config.ts';
import { PROBES } from './probes.ts';

it.each(PROBES)('$probe: each test that is named is there', ({ shown }) => {
  const missing = shown.filter(([file, title]) => !readFileSync(join(ROOT, file), 'utf8').includes(title));
  expect(missing).toEqual([]);
  expect(shown.length).toBeGreaterThan(1);
});
