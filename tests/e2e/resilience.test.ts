/** Recipes whose RecipeSpec asks for `resilience`: each service is killed once on a real swarm. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionalData } from '../../controller/api/stage-data.ts';
import { RESILIENCE } from './defects/resilience.ts';
import { type Installation, makeInstallation } from './installation.ts';
import {
  dataOf,
  type Ended,
  endings,
  ENDINGS_MS,
  endOf,
  expectWanted,
  isAll,
  isStarted,
  startVariant,
} from './variants.ts';

/** More than processors: much of a run is waiting. */
const AT_ONCE = 4;
const STARTED = RESILIENCE.filter(isStarted);
const ASKED = { resilience: true };
/** Its images take minutes to build. */
const WIKI = 'mediawiki';

let inst: Installation;
let ended: Map<string, Ended>;

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: AT_ONCE, groups: isAll ? [WIKI] : [] });
  await inst.enrol('tiny-web', join(inst.repos, 'tiny-web'), ASKED);
  for (const variant of STARTED) await startVariant(inst, variant);
  if (isAll) {
    await inst.enrol(WIKI, join(inst.repos, WIKI), ASKED);
    await inst.run(WIKI, { recipe: WIKI, source: { ref: 'main' }, stages: ['install', 'test'] });
  }
  void inst.startController();
  ended = await endings(inst, [...STARTED.map(({ name }) => name), ...(isAll ? [WIKI] : [])]);
}, ENDINGS_MS + 60_000);

afterAll(() => inst.destroy());

describe('an app whose services are killed', () => {
  it.for(RESILIENCE)('$name: $because', (variant, { skip }) => {
    skip(!isStarted(variant), 'not of the core: bin/test --all');
    const end = endOf(ended, variant.name);
    expectWanted(end, variant.want);
    expect(end.results.leftovers).toEqual([]);
  });

  it.skipIf(STARTED.length === 0)('keeps what its tests said, also where it does not come back', () => {
    for (const { name } of STARTED) {
      const tests = endOf(ended, name).results.steps.find((step) => step.name === 'test')?.tests ?? [];
      expect(tests.map(({ name, state }) => `${name}: ${state}`)).toEqual([
        'a page that the operator writes is served, and one that is deleted is not: passed',
      ]);
    }
  });
});

describe.skipIf(!isAll)('mediawiki, whose database is killed under it', () => {
  it('finds its database again, with page, file, block and user', () => {
    const end = endOf(ended, WIKI);
    expect(end.status).toMatchObject({ verdict: 'Passed', cause: null });
    const { resilience } = FunctionalData.parse(dataOf(end, 'test'));
    expect(resilience.map(({ service, outcome }) => `${service} ${outcome}`)).toEqual([
      'app recovered',
      'db recovered',
    ]);
    expect(end.results.leftovers).toEqual([]);
  });
});
