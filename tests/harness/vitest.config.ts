/** How a recipe's tests are run: one process, one worker, so that one browser serves all files of a run. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    isolate: false,
    // Kept results would change the order of files, and runs would share a folder.
    cache: false,
    fileParallelism: false,
    maxWorkers: 1,
    watch: false,
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Node runs the sources as they are; Vite has nothing to add and takes time.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
