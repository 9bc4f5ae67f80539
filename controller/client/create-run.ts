/** Makes a run under a name that no run has yet. */
import { mkdir } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { Bump } from '../api/bump.ts';
import { API_VERSION, ObjectName } from '../api/primitives.ts';
import type { StageName } from '../api/stage.ts';
import type { TestRun, Trigger } from '../api/test-run.ts';
import type { Layout } from '../store/layout.ts';
import type { Reading } from '../views/reading.ts';
import { createAtomic } from '../store/atomic.ts';
import { parseTestRun } from '../store/parse-document.ts';
import { usageError } from '../views/refusal.ts';

export interface CreateDeps {
  readonly layout: Layout;
  readonly reading: Pick<Reading, 'run'>;
  /** A few letters and digits that nobody else has. */
  readonly newId: () => string;
}

export type Draft = Pick<TestRun['spec'], 'recipe'> & {
  /** Else `<recipe>-<commit>-<id>`. */
  readonly name?: string | undefined;
  readonly trigger: z.infer<typeof Trigger>;
  readonly source: { readonly repo?: string; readonly ref: string; readonly pr?: number };
  readonly stages?: readonly StageName[];
  readonly timeout?: string;
  readonly bump?: Bump;
  readonly labels?: Readonly<Record<string, string>>;
};

const MAX_NAME = 63;
const SHORT = 7;

/** `<recipe>-<sha7>-<id>`, the recipe shortened where the whole would not be a name. */
export function runNameOfCommit(recipe: string, sha: string, id: string): string {
  const tail = `-${sha.slice(0, SHORT)}-${id}`;
  return recipe.slice(0, MAX_NAME - tail.length).replace(/-+$/, '') + tail;
}

function documentOf(name: string, { name: _wished, labels, trigger, ...spec }: Draft): string {
  const pr = spec.source.pr === undefined ? {} : { pr: String(spec.source.pr) };
  return stringify({
    apiVersion: API_VERSION,
    kind: 'TestRun',
    metadata: { name, labels: { ...labels, recipe: spec.recipe, ...pr } },
    spec: { ...spec, trigger },
  });
}

/** Made exclusively: an existing document is never overwritten. */
export async function createRun({ layout, reading, newId }: CreateDeps, draft: Draft): Promise<string> {
  const name = draft.name ?? runNameOfCommit(draft.recipe, draft.source.ref, newId());
  if (!ObjectName.safeParse(name).success)
    throw usageError(`"${name}" is not a name.`, 'A name is 1 to 63 lower-case letters, digits, "-" or ".".');
  const file = layout.specFile(name);
  const text = documentOf(name, draft);
  const parsed = parseTestRun(text, file);
  if (!parsed.ok)
    throw usageError(
      parsed.problems.map((each) => `${each.path}: ${each.message}`).join('\n'),
      'See `ccci-ctl run --help`.',
    );
  await mkdir(layout.testruns, { recursive: true });
  const taken = (await reading.run(name)) !== null;
  if (taken || !(await createAtomic(file, text)))
    throw usageError(`run/${name} exists already.`, 'Choose another --name, or leave it out.');
  return name;
}
