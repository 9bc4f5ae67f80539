/** Real runs whose decisions are kept as fixtures: one of every kind of ending that a swarm can be brought to, and of many ways there. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killDockerd } from '../sandbox/sandbox.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { DEFECTS } from './defects/all.ts';
import { BACKUP_DEFECTS } from './defects/matrix-backup.ts';
import { UPGRADE_DEFECTS } from './defects/matrix-upgrade.ts';
import type { Installation } from './installation.ts';
import { killStep, type Place, PLACES, reaches } from './step-hands.ts';
import { startVariant } from './variants.ts';

/** Its own: what else is tested at this moment must not lose its Docker. */
export const SANDBOX = 'record';

/** All are asked for at once, and most wait for a slot. */
export const WAIT_MS = 30 * 60_000;

/** Where runs are played: whoever kills the controller leaves another one. */
export interface Stage {
  readonly inst: Installation;
  controller: ReturnType<Installation['startController']>;
}

export interface RealRun {
  readonly name: string;
  readonly because: string;
  /** Verdict with first cause, or the phase where the run is left open. */
  readonly ending: string;
  /** Of the last decision that belongs to it. */
  readonly lastLeaf: 'closing' | 'gone' | 'waiting.refused';
  /** It kills what others need. */
  readonly alone?: true;
  readonly begin: (stage: Stage) => Promise<void>;
  readonly play?: (stage: Stage) => Promise<void>;
}

const SPEC = { recipe: 'tiny-web', source: { ref: 'main' } };

type Asked = Omit<RealRun, 'begin' | 'lastLeaf'> & { readonly spec?: object } & Partial<
    Pick<RealRun, 'lastLeaf'>
  >;

const asked = ({ spec = {}, ...run }: Asked): RealRun => ({
  lastLeaf: 'closing',
  ...run,
  begin: ({ inst }) => inst.run(run.name, { ...SPEC, ...spec }),
});

const PASSED: readonly RealRun[] = [
  asked({
    name: 'real-passed',
    because: 'a healthy app through lint, install, backup and restore',
    ending: 'Passed',
    spec: { stages: ['lint', 'install', 'backup', 'restore'] },
  }),
  asked({
    name: 'real-passed-all',
    because: 'a healthy app through all stages',
    ending: 'Passed',
    spec: { stages: ['lint', 'install', 'upgrade', 'backup', 'restore', 'test'] },
  }),
  asked({ name: 'real-passed-install', because: 'a healthy app that is installed only', ending: 'Passed' }),
];

const DEFECT_NAMES = [
  'never-healthy',
  'wrong-port',
  'path-prefix',
  'exits',
  'one-unschedulable',
  'image-missing',
  'registry-unreachable',
  'commit-missing',
  'variable-required',
  'yaml-invalid',
  'privileged',
  'host-bind',
  'secret-name-too-long',
];

const BROKEN: readonly RealRun[] = DEFECTS.filter(({ name }) => DEFECT_NAMES.includes(name)).map(
  ({ name, because, want, base = 'tiny-web', settings, ref = 'main', edit }) => ({
    name: `real-${name}`,
    because,
    ending: `${want.verdict} ${want.reason}`,
    lastLeaf: 'closing',
    begin: async ({ inst }) => {
      const around = { registry: inst.sandbox.registry, hostFile: join(inst.dir, 'host.conf') };
      const repo = await makeVariantRepo({ base, name, into: inst.repos }, (dir) => edit(dir, around));
      await inst.enrol(name, repo.path, settings);
      await inst.run(`real-${name}`, { recipe: name, source: { ref } });
    },
  }),
);

const LATER_NAMES = ['restore-does-nothing', 'hook-fails', 'data-lost', 'rolled-back', 'no-base'];

const BROKEN_LATER: readonly RealRun[] = [...UPGRADE_DEFECTS, ...BACKUP_DEFECTS]
  .filter(({ name }) => LATER_NAMES.includes(name))
  .map((variant) => ({
    name: `real-${variant.name}`,
    because: variant.because,
    ending: [variant.want.verdict, variant.want.cause?.reason].filter(Boolean).join(' '),
    lastLeaf: 'closing',
    begin: ({ inst }) => startVariant(inst, { ...variant, name: `real-${variant.name}` }),
  }));

async function at({ inst }: Stage, name: string, place: Place): Promise<string> {
  const begun = async (): Promise<true | null> => ((await inst.status(name))?.begunAt == null ? null : true);
  await inst.until(`${name} has a slot`, begun, { ms: WAIT_MS, everyMs: 100 });
  return reaches(inst, name, { ...place, everyMs: 5, ms: WAIT_MS });
}
const cancel = ({ inst }: Stage, name: string): Promise<void> => inst.run(name, { ...SPEC, cancel: true });
const remove = ({ inst }: Stage, name: string): Promise<void> => rm(inst.layout.specFile(name));

const UNWANTED: readonly RealRun[] = [
  ...(['prepare', 'deploy', 'tests', 'teardown'] as const).flatMap((place) => [
    asked({
      name: `real-cancelled-in-${place}`,
      because: `cancelled by a person while it is in ${place}`,
      ending: place === 'teardown' ? 'Passed' : 'Cancelled',
      play: async (stage: Stage) => {
        await at(stage, `real-cancelled-in-${place}`, PLACES[place]);
        await cancel(stage, `real-cancelled-in-${place}`);
      },
    }),
    asked({
      name: `real-deleted-in-${place}`,
      because: `deleted while it is in ${place}`,
      ending: 'Deleted',
      lastLeaf: 'gone',
      play: async (stage: Stage) => {
        await at(stage, `real-deleted-in-${place}`, PLACES[place]);
        await remove(stage, `real-deleted-in-${place}`);
      },
    }),
  ]),
  asked({
    name: 'real-deleted-finished',
    because: 'deleted after its verdict',
    ending: 'Deleted',
    lastLeaf: 'gone',
    play: async (stage) => {
      await stage.inst.finished('real-deleted-finished', WAIT_MS);
      await remove(stage, 'real-deleted-finished');
    },
  }),
  asked({
    name: 'real-timed-out',
    because: 'past its timeout in the middle of a step',
    ending: 'TimedOut Timeout',
    spec: { stages: ['install', 'upgrade', 'test'], timeout: '8s' },
  }),
];

const NOT_BEGUN: readonly RealRun[] = [
  asked({
    name: 'real-refused-recipe',
    because: 'the recipe is not enrolled',
    ending: 'Refused',
    lastLeaf: 'waiting.refused',
    spec: { recipe: 'nobody-enrolled-it' },
  }),
  {
    name: 'real-refused-document',
    because: 'the document is invalid, and is mended',
    ending: 'Passed',
    lastLeaf: 'closing',
    begin: ({ inst }) => writeFile(inst.layout.specFile('real-refused-document'), 'kind: TestRun\n'),
    play: async ({ inst }) => {
      await inst.until('refused', async () =>
        (await inst.status('real-refused-document'))?.phase === 'Refused' ? true : null,
      );
      await inst.run('real-refused-document', SPEC);
    },
  },
];

async function restart(stage: Stage): Promise<void> {
  stage.controller.kill('SIGKILL');
  await stage.controller;
  stage.controller = stage.inst.startController();
}

const KILLED: readonly RealRun[] = (['prepare', 'tests'] as const).flatMap((place) => [
  asked({
    name: `real-lost-in-${place}`,
    because: `its process died once in ${place}, and a fresh attempt passes`,
    ending: 'Passed',
    play: async (stage: Stage) => {
      const name = `real-lost-in-${place}`;
      await killStep(stage.inst, name, await at(stage, name, PLACES[place]));
    },
  }),
  asked({
    name: `real-lost-twice-in-${place}`,
    because: `its process died in ${place} of both attempts`,
    ending: 'Errored StageLost',
    play: async (stage: Stage) => {
      const name = `real-lost-twice-in-${place}`;
      const { step, says } = PLACES[place];
      for (const attempt of [1, 2]) {
        const again = { step: step.replace('1', String(attempt)), says };
        await killStep(stage.inst, name, await at(stage, name, again));
      }
    },
  }),
  asked({
    name: `real-killed-controller-in-${place}`,
    because: `the controller was killed while the run was in ${place}`,
    ending: 'Passed',
    alone: true,
    play: async (stage: Stage) => {
      await at(stage, `real-killed-controller-in-${place}`, PLACES[place]);
      await restart(stage);
    },
  }),
]);

const BLIND: readonly RealRun[] = [
  asked({
    name: 'real-blind-in-evidence',
    because: 'Docker died while evidence was taken, which costs no verdict',
    ending: 'Passed',
    alone: true,
    play: async (stage) => {
      await at(stage, 'real-blind-in-evidence', PLACES.evidence);
      await killDockerd(stage.inst.sandbox);
    },
  }),
  asked({
    name: 'real-blind-and-cancelled',
    because: 'Docker died, and the run was cancelled before it was there again',
    ending: 'Cancelled',
    alone: true,
    play: async (stage) => {
      await at(stage, 'real-blind-and-cancelled', PLACES.tests);
      const death = killDockerd(stage.inst.sandbox);
      await cancel(stage, 'real-blind-and-cancelled');
      await death;
    },
  }),
];

export const REAL_RUNS: readonly RealRun[] = [
  ...NOT_BEGUN,
  ...UNWANTED,
  ...KILLED,
  ...BROKEN,
  ...BROKEN_LATER,
  ...PASSED,
  ...BLIND,
];
