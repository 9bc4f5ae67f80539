import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ComparedRow, RunResources } from '../../api/resources.ts';
import { finishedBody, Fixture } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.remove());

const MIB = 1024 * 1024;
const MEMORY: ComparedRow = {
  what: 'memory of "app"',
  unit: 'bytes',
  now: 138 * MIB,
  median: 100 * MIB,
  percent: 38,
  since: '2.3.1',
  flagged: true,
};
const RESOURCES: RunResources = {
  memory: [{ service: 'app', peakBytes: 138 * MIB }],
  totalPeakBytes: 138 * MIB,
  looks: 20,
  failedLooks: 0,
  problem: '',
  images: [{ image: 'nginx:1.26', bytes: 149.4 * MIB }],
  volumes: [{ name: 'data', bytes: 0.26 * MIB }],
  volumeBytes: 0.26 * MIB,
  secondsToHealthy: 4.24,
  comparison: {
    runs: 5,
    notCompared: null,
    rows: [
      MEMORY,
      { ...MEMORY, what: 'time to healthy', unit: 'seconds', percent: -7, median: 4.6, flagged: false },
    ],
  },
};

async function finished(resources: unknown): Promise<void> {
  await fixture.run('x', finishedBody('Passed'));
  await fixture.write(`${fixture.layout.runDir('u-1')}/results.json`, JSON.stringify({ resources }));
}

describe('the section of describe', () => {
  const sectionOf = async (): Promise<string> => {
    const { out } = await fixture.call('describe', 'run/x');
    return /^Resources:[^]*?(?=\n\n)/m.exec(out)?.[0] ?? '';
  };

  it('shows what was used, beside what earlier runs used', async () => {
    await finished(RESOURCES);
    expect(await sectionOf()).toMatchInlineSnapshot(`
      "Resources:
        WHAT              NOW       CHANGE
        memory of "app"   138 MiB   +38 % since 2.3.1 (warning)
        time to healthy   4.2 s     -7 % since 2.3.1
        image nginx       149 MiB   -
        volumes           0.3 MiB   -
        Compared with the median of 5 green runs of the same kind."
    `);
  });

  it('names what cc-ci put around each service, also where the recipe asked for more', async () => {
    const limit = { service: 'app', what: 'memory', value: '8 GiB instead of 64 GiB', lowered: true };
    const limits = [
      limit,
      { ...limit, service: 'db', value: '2 GiB', lowered: false },
      { ...limit, what: 'processors', value: '2', lowered: false },
    ];
    await finished({ ...RESOURCES, limits });
    expect(await sectionOf()).toContain(
      'Limits put in by cc-ci: app: memory 8 GiB instead of 64 GiB, processors 2; db: memory 2 GiB.',
    );
  });

  it('says why nothing is compared, and what could not be read', async () => {
    const notCompared = 'only 2 earlier green runs of the same kind; 3 are needed';
    await finished({
      ...RESOURCES,
      failedLooks: 2,
      problem: 'connect ENOENT',
      comparison: { runs: 2, notCompared, rows: [] },
    });
    expect(await sectionOf()).toMatchInlineSnapshot(`
      "Resources:
        WHAT              NOW       CHANGE
        memory of "app"   138 MiB   -
        time to healthy   4.2 s     -
        image nginx       149 MiB   -
        volumes           0.3 MiB   -
        Not compared: only 2 earlier green runs of the same kind; 3 are needed.
        2 of 20 looks failed, the last with: connect ENOENT"
    `);
  });

  it.each([
    { because: 'a record of an older version has none', text: '{}', want: 'Resources: <none>' },
    {
      because: 'a run that deployed nothing has none',
      text: '{"resources":null}',
      want: 'Resources: <none>',
    },
    {
      because: 'a damaged record is said, not fatal',
      text: '{',
      want: 'Resources: results.json cannot be read:',
    },
  ])('$because', async ({ text, want }) => {
    await fixture.run('x', finishedBody('Passed'));
    await fixture.write(`${fixture.layout.runDir('u-1')}/results.json`, text);
    expect(await sectionOf()).toContain(want);
  });
});

describe('the last word of wait', () => {
  const lastLines = async (): Promise<{ code: number; out: string }> =>
    fixture.call('wait', 'run/x', '--for=verdict');

  it('warns of what grew, and of nothing else, and stays green', async () => {
    await finished(RESOURCES);
    const { code, out } = await lastLines();
    expect(code).toBe(0);
    expect(out).toContain('\n  warning:   memory of "app" 138 MiB, +38 % since 2.3.1\n');
  });

  it('says nothing where nothing grew', async () => {
    await finished({ ...RESOURCES, comparison: { runs: 1, notCompared: 'only 1', rows: [] } });
    expect((await lastLines()).out).not.toContain('warning');
  });

  it('has the exit code of the verdict where the record cannot be read', async () => {
    await fixture.run('x', finishedBody('Failed'));
    await fixture.write(`${fixture.layout.runDir('u-1')}/results.json`, '{');
    const { code, out } = await lastLines();
    expect(code).toBe(1);
    expect(out).toContain('warning:   results.json cannot be read:');
  });
});
