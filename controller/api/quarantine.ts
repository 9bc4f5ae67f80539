/** A test that is known to flake: it runs and is shown, and its failure does not judge. */
import { z } from 'zod';
import { ObjectName } from './primitives.ts';

export const Quarantined = z.strictObject({
  /** Its file and its name, as `tests` of a result has them. */
  test: z.string().regex(/^\S.*: \S/, 'must be "<file>: <name>" of one test, as the result shows it'),
  because: z.string().regex(/https?:\/\/\S/, 'must say why, with a link to where it is being mended'),
  /** The last day on which it counts, in UTC. */
  until: z.iso.date('must be a day such as "2027-01-31"'),
  /** Runs that failed and passed on the same commit: the proof that it flakes. */
  flakes: z
    .array(ObjectName)
    .min(2, 'must name at least two runs in which it failed and passed on the same commit')
    .refine((runs) => new Set(runs).size === runs.length, 'must name each run once'),
});
export type Quarantined = z.infer<typeof Quarantined>;

export const Quarantine = z
  .array(Quarantined)
  .refine(
    (entries) => new Set(entries.map(({ test }) => test)).size === entries.length,
    'must name each test once',
  );
