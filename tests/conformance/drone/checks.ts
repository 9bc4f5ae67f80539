/** What cc-ci takes Drone to do, each thing tried by a request. In order: later ones look at the builds of earlier ones. */
import { z } from 'zod';
import type { Build } from '../../../controller/builds.ts';
import { Terminal } from '../../../controller/runtime/errors.ts';
import { Differs, expectSame, expectThat } from '../check.ts';
import type { DroneWorld } from './world.ts';

export interface DroneCheck {
  readonly says: string;
  /** Throws where what was seen differs. */
  readonly look: (world: DroneWorld) => Promise<void>;
}

/** There is no such run: every step says so and fails. */
const RUN = 'conformance-of-drone';
const PARAMS = {
  RECIPE: 'conformance',
  REF: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
  PR: '',
  SRC: 'https://git.example.org/coop-cloud/conformance.git',
  RUN,
} as const;

const Step = z.object({
  number: z.number(),
  name: z.string(),
  status: z.string(),
  exit_code: z.number().optional(),
});
const Stage = z.object({
  number: z.number(),
  status: z.string(),
  exit_code: z.number(),
  steps: z.array(Step).optional(),
});
const Whole = z.object({ status: z.string(), stages: z.array(Stage) });
const Line = z.object({ pos: z.number(), out: z.string(), time: z.number() });

const sorted = (params: Readonly<Record<string, string>>): unknown =>
  Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : 1));

async function refusedAs(reason: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    return expectSame(error instanceof Terminal ? error.reason : String(error), reason, 'the refusal');
  }
  throw new Differs('it was done instead of refused');
}

/** The newest build of ours. */
async function ours(world: DroneWorld): Promise<Build> {
  const found = (await world.builds.newest(1)).find(({ params }) => params['RUN'] === RUN);
  expectThat(found !== undefined, 'no build of ours is among the newest');
  return found;
}

async function ended(world: DroneWorld): Promise<z.infer<typeof Whole>> {
  const { number } = await ours(world);
  const until = performance.now() + world.patienceMs;
  for (;;) {
    const { isOver, status } = (await world.builds.get(number)) ?? {};
    if (isOver === true) return Whole.parse((await world.ask('GET', `${world.path}/${number}`)).body);
    expectThat(performance.now() < until, `the build is still "${status}": is there a runner?`);
    await world.pause();
  }
}

export const CHECKS: readonly DroneCheck[] = [
  {
    says: 'answers /healthz and /version without a token',
    look: async ({ ask, builds }) => {
      expectSame((await ask('GET', '/healthz')).text.trim(), 'OK', '/healthz');
      expectThat(/^\d+\.\d+/.test((await builds.check()).version), 'no version');
    },
  },
  {
    says: 'refuses a wrong token with 401',
    look: ({ other }) => refusedAs('DroneUnauthorized', other({ token: { value: 'wrong' } }).newest(1)),
  },
  {
    says: 'answers 404 for a repository that is not there, and for a branch that is not',
    look: async ({ other }) => {
      const repository = { owner: 'no-such', name: 'repository' };
      await refusedAs('DroneNotFound', other({ repository }).create(PARAMS));
      await refusedAs('DroneNotFound', other({ branch: 'no-such-branch' }).create(PARAMS));
    },
  },
  {
    says: 'makes a pending custom build whose parameters are those of the query',
    look: async ({ builds }) => {
      const build = await builds.create(PARAMS);
      expectSame([build.status, sorted(build.params)], ['pending', sorted(PARAMS)], 'the build');
      const secondsOld = (Date.now() - build.createdAt.getTime()) / 1000;
      expectThat(Math.abs(secondsOld) < 60, `its clock and ours are ${secondsOld} s apart`);
    },
  },
  {
    says: 'shows newest first, at most 25, with parameters and without stages',
    look: async (world) => {
      await ours(world);
      const { body } = await world.ask('GET', `${world.path}?page=1&per_page=300`);
      const list = z.array(z.looseObject({ number: z.number(), stages: z.unknown().optional() })).parse(body);
      const numbers = list.map(({ number }) => number);
      expectSame(
        numbers,
        numbers.toSorted((a, b) => b - a),
        'the order',
      );
      expectThat(list.length <= 25, `${list.length} builds on one page`);
      expectThat(
        list.every(({ stages }) => stages === undefined),
        'stages in the list',
      );
    },
  },
  {
    says: 'answers 404 in other words for a build that is not there than for a repository',
    look: async ({ builds }) => {
      expectSame(await builds.get(999_999_999), null, 'a build of that number');
      expectSame(await builds.cancel(999_999_999), null, 'a build of that number, cancelled');
    },
  },
  {
    says: 'ends a build as a failure where steps fail, runs those that want it all the same, and says 0 for the stage',
    look: async (world) => {
      const { status, stages } = await ended(world);
      expectSame([status, stages.map(({ exit_code }) => exit_code)], ['failure', [0]], 'the build');
      const steps = stages.flatMap((stage) => stage.steps ?? []);
      const passed = steps.filter(({ status, exit_code }) => status !== 'failure' || exit_code === undefined);
      expectSame(
        passed.filter(({ name }) => name !== 'clone'),
        [],
        'steps that did not fail',
      );
    },
  },
  {
    says: 'has the log of a step that is over, write by write',
    look: async (world) => {
      const { number } = await ours(world);
      const { stages } = await ended(world);
      const [stage, step] = [stages[0]?.number ?? 0, stages[0]?.steps?.at(-1)?.number ?? 0];
      const { status, body } = await world.ask('GET', `${world.path}/${number}/logs/${stage}/${step}`);
      expectSame(status, 200, 'the answer');
      expectThat(
        z
          .array(Line)
          .parse(body)
          .some(({ out }) => out.startsWith('+ ')),
        'no command is echoed',
      );
    },
  },
  {
    says: 'leaves a build that is over as it is where it is cancelled',
    look: async (world) => {
      const { number, status } = await ours(world);
      expectSame((await world.builds.cancel(number))?.status, status, 'its status');
    },
  },
  {
    says: 'takes no parameter from a body, and ends a build that is cancelled as killed',
    look: async (world) => {
      const query = new URLSearchParams({ branch: world.branch, RUN }).toString();
      await world.ask('POST', `${world.path}?${query}`, new URLSearchParams({ FROM_BODY: 'x' }));
      const { number, params } = await ours(world);
      await world.builds.cancel(number);
      expectSame(params, { RUN }, 'the parameters');
      expectSame((await world.builds.get(number))?.status, 'killed', 'its status');
    },
  },
];
