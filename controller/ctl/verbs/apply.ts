/** `apply`: checks documents and puts them where the controller finds them, as they were written. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Parsed } from '../../ports.ts';
import { codeOf } from '../../runtime/errors.ts';
import { createAtomic, readIfThere } from '../../store/atomic.ts';
import { parseRecipeSpec, parseTestRun, problemText } from '../../store/parse-document.ts';
import { readDocumentText, recipeFile } from '../../store/spec-files.ts';
import { print, say, type Ctl, layoutOf } from '../terminal/world.ts';
import { editFile } from '../../client/edit-file.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { readRun } from '../../views/runs.ts';

export interface ApplyOptions {
  readonly filename: readonly string[];
  readonly dryRun?: boolean;
}

interface Source {
  readonly file: string;
  readonly text: string;
}

interface Ready {
  readonly address: string;
  readonly file: string;
  readonly text: string;
  /** The TestRun's name, or null for a RecipeSpec. */
  readonly run: string | null;
}

const STDIN = '<stdin>';

async function sourcesOf(ctl: Ctl, name: string): Promise<Source[]> {
  if (name === '-') return [{ file: STDIN, text: await ctl.stdin() }];
  const path = resolve(ctl.cwd, name);
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: name, text: await textOf(path, name) }];
    const files = (await readdir(path))
      .filter((file) => /\.ya?ml$/.test(file) && !file.startsWith('.'))
      .sort();
    return await Promise.all(
      files.map(async (file) => ({
        file: join(name, file),
        text: await textOf(join(path, file), join(name, file)),
      })),
    );
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Refusal('notFound', `There is no file "${name}".`, {
      next: 'Give -f a YAML file, a folder of them, or - for standard input.',
      cause: error,
    });
  }
}

async function textOf(path: string, shown: string): Promise<string> {
  // A pipe, as `<(…)` makes it, has no size.
  if (!(await stat(path)).isFile()) return readFile(path, 'utf8');
  const found = await readDocumentText(path, shown);
  return found.ok ? found.text : checked<string>(found);
}

/** `kind:` decides who checks; what says neither is checked as a TestRun, whose message names the kinds. */
function kindIn(text: string): unknown {
  try {
    return parseDocument(text, { logLevel: 'silent' }).get('kind');
  } catch {
    return null;
  }
}

function readied(ctl: Ctl, { file, text }: Source): Ready {
  if (kindIn(text) === 'RecipeSpec') {
    const { metadata } = checked(parseRecipeSpec(text, file));
    return {
      address: `recipe/${metadata.name}`,
      file: recipeFile(ctl.config.recipesDir, metadata.name),
      text,
      run: null,
    };
  }
  const { metadata } = checked(parseTestRun(text, file));
  return {
    address: `run/${metadata.name}`,
    file: layoutOf(ctl).specFile(metadata.name),
    text,
    run: metadata.name,
  };
}

function checked<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Refusal('invalid', parsed.problems.map(problemText).join('\n'), {
    next: 'Correct the document; `ccci-ctl explain run.spec` and `explain recipe.spec` say what belongs there. Nothing was applied.',
  });
}

export async function apply(ctl: Ctl, options: ApplyOptions): Promise<ExitCode> {
  const sources = (await Promise.all(options.filename.map((name) => sourcesOf(ctl, name)))).flat();
  if (sources.length === 0)
    throw usageError(
      'There are no .yaml files there.',
      'Give -f a YAML file, a folder of them, or - for standard input.',
    );
  // Everything is checked before anything is written: all documents or none.
  const ready = sources.map((source) => readied(ctl, source));
  for (const each of ready) {
    const outcome = options.dryRun === true ? `${await planned(each)} (dry run)` : await put(each);
    print(ctl, `${each.address} ${outcome}`);
    if (outcome === 'configured' && each.run !== null) await sayAccepted(ctl, each.run);
  }
  return EXIT.ok;
}

async function planned({ file, text }: Ready): Promise<string> {
  const before = await readIfThere(file);
  if (before === null) return 'created';
  return before === text ? 'unchanged' : 'configured';
}

async function put({ file, text }: Ready): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  if (await createAtomic(file, text)) return 'created';
  return (await editFile(file, () => text)) ? 'configured' : 'unchanged';
}

/** A run that goes on is what it was when it was accepted; only `cancel` still works. One that is over and was asked for something else is shown as one that nobody has seen yet. */
async function sayAccepted(ctl: Ctl, name: string): Promise<void> {
  const run = await readRun(ctl, name);
  if (run !== null && run.status.accepted !== null)
    say(
      ctl,
      `run/${name} was accepted before this edit: only spec.cancel still takes effect. \`ccci-ctl rerun run/${name}\` makes a new run.`,
    );
}
