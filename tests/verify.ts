/** The quick loop: format, lint, types, generated files, unit tests; and nothing may be left changed by them. */
import { join } from 'node:path';
import { execa } from 'execa';

const ROOT = join(import.meta.dirname, '..');
// For all that is started below, and what the tests start: a start takes a third of the time.
process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, '.ccci', 'compile-cache');
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

const CHECKS: readonly {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly fix: string;
}[] = [
  { name: 'format', argv: [bin('oxfmt'), '--check'], fix: 'npm run format' },
  { name: 'lint', argv: [bin('oxlint'), '--type-aware', '--max-warnings', '0'], fix: 'change what it names' },
  { name: 'types', argv: [bin('tsc'), '--noEmit'], fix: 'change what it names' },
  {
    name: 'generated files',
    argv: [process.execPath, join('crds', 'generate.ts'), '--check'],
    fix: 'npm run generate',
  },
  {
    name: 'ledgers',
    argv: [process.execPath, join('tests', 'ledgers', 'main.ts')],
    fix: 'change what it names; what is for review is no fault',
  },
  {
    name: 'unit tests',
    // By this Node, whatever the PATH says.
    argv: [
      process.execPath,
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--project',
      'unit',
      '--reporter=dot',
    ],
    fix: 'make them pass',
  },
];

const checks = process.argv.includes('--without-unit') ? CHECKS.slice(0, -1) : CHECKS;
const began = performance.now();
const failed: string[] = [];
await Promise.all(
  checks.map(async ({ name, argv, fix }) => {
    const from = performance.now();
    const [file, ...args] = argv;
    const result = await execa(file, args, { cwd: ROOT, reject: false, all: true, stdin: 'ignore' });
    const ok = result.exitCode === 0;
    process.stdout.write(
      `${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)\n`,
    );
    if (ok) return;
    failed.push(name);
    process.stdout.write(`${result.all}\n     -> ${fix}\n`);
  }),
);
process.stdout.write(
  `${failed.length === 0 ? 'Verified' : `Failed: ${failed.join(', ')}`} in ${((performance.now() - began) / 1000).toFixed(1)} s.\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
