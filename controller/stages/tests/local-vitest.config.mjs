/** How vitest runs a recipe's own test file in the sandbox, where nothing but /tmp can be written. */
export default {
  cacheDir: '/tmp/vite',
  test: {
    include: ['**/*.{test,spec}.?(c|m)[jt]s'],
    environment: 'node',
    pool: 'threads',
    cache: false,
    fileParallelism: false,
    maxWorkers: 1,
    watch: false,
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
};
