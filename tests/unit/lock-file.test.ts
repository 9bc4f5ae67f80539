import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/**
 * `npm ci` refuses a lock file without an entry for every optional package, and `npm install` leaves out the ones of
 * other platforms where a registry does not carry them. Put their entries back (version, os, cpu, optional) if this fails.
 */
it('the lock file names every optional package, so that `npm ci` takes it', () => {
  const lock = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8'),
  ) as Lock;
  const known = Object.keys(lock.packages);
  const wanted = Object.values(lock.packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {}));
  expect(wanted.filter((name) => !known.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  expect(wanted.length).toBeGreaterThan(10);
});
