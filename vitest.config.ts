import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], extra: object = {}) => ({
  test: { name, include, environment: 'node', ...extra },
});

/** Unit tests that start programs by the dozen: git, vitest, Chromium, sandboxes, controllers. They wait more than they compute. */
const PROGRAMS = [
  'controller/abra/run.test.ts',
  'controller/git/bounds.test.ts',
  'controller/stages/programs/lint.test.ts',
  'controller/stages/route/probe.test.ts',
  'controller/stages/sandbox/*.test.ts',
  'controller/stages/tests/*.test.ts',
  'tests/unit/{mirror,stages-runner,teardown-alone,trust,visit}.test.ts',
];

// A worker keeps what it has loaded from file to file, a fifth less work: unit tests change nothing global.
const UNIT = { isolate: false, testTimeout: 30_000, hookTimeout: 60_000 };

/** Unit tests stand beside their file; what crosses rooms is in tests/. */
export default defineConfig({
  test: {
    // Two of these at a time would be one per core; most of them wait for a process more than they compute.
    maxWorkers: 4,
    projects: [
      project(
        'unit',
        [
          'controller/**/*.test.ts',
          'dashboard/**/*.test.ts',
          'crds/**/*.test.ts',
          'tests/unit/**/*.test.ts',
          'tests/adversary/**/*.test.ts',
          'tests/ledgers/**/*.test.ts',
        ],
        { ...UNIT, exclude: PROGRAMS },
      ),
      project('programs', PROGRAMS, UNIT),
      project('simulation', ['tests/simulation/**/*.test.ts'], {
        globalSetup: 'tests/simulation/programs.ts',
        testTimeout: 300_000,
        hookTimeout: 60_000,
      }),
      project('nix', ['tests/nix/**/*.test.ts'], {
        testTimeout: 60_000,
        hookTimeout: 60_000,
        maxConcurrency: 2,
      }),
      project('loader', ['tests/docker-loader/**/*.test.ts'], {
        // With --all a hundred thousand inputs.
        testTimeout: 3_600_000,
        // The first one builds the judge if the cache has it not.
        hookTimeout: 1_200_000,
      }),
      project('integration', ['tests/integration/**/*.test.ts'], {
        testTimeout: 180_000,
        hookTimeout: 600_000,
      }),
      project('gitea', ['tests/gitea/**/*.test.ts'], {
        testTimeout: 180_000,
        // The first one builds Gitea if the cache has it not.
        hookTimeout: 3_600_000,
        fileParallelism: false,
      }),
      project('e2e', ['tests/e2e/**/*.test.ts'], {
        testTimeout: 600_000,
        hookTimeout: 900_000,
        fileParallelism: false,
      }),
    ],
  },
});
