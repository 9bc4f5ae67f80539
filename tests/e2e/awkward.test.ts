/** Good recipes that are unlike most, through the whole matrix: green, for the right reasons. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWKWARD } from './defects/awkward.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { type Ended, endings, ENDINGS_MS, endOf, expectWanted, isStarted, startVariant } from './variants.ts';

/** More than processors: much of a run is waiting. */
const AT_ONCE = 4;
const STARTED = AWKWARD.filter(isStarted);

let inst: Installation;
let ended: Map<string, Ended>;

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: AT_ONCE });
  for (const variant of STARTED) await startVariant(inst, variant);
  void inst.startController();
  ended = await endings(
    inst,
    STARTED.map(({ name }) => name),
  );
}, ENDINGS_MS + 60_000);

afterAll(() => inst.destroy());

describe('an awkward recipe', () => {
  it.for(AWKWARD)('$name: $because', (variant, { skip }) => {
    skip(!isStarted(variant), 'not of the core: bin/test --all');
    const end = endOf(ended, variant.name);
    expectWanted(end, variant.want);
    expect(end.results.leftovers).toEqual([]);
  });
});
