/** A recipe that installs well and has one thing wrong that only a later stage can see, and what a packager must be told of it. */
import type { StageName } from '../../../controller/api/stage.ts';
import { gitOf } from '../../sandbox/repos.ts';
import { replaceIn, type Surroundings } from './defect.ts';

export interface MatrixDefect {
  /** The run's name, and the repository's. */
  readonly name: string;
  /** A sentence that is true of the verdict. */
  readonly because: string;
  readonly base?: 'tiny-web' | 'custom-html' | 'matrix-synapse';
  /** Runs with every `bin/test`, not only with `--all`. */
  readonly core?: true;
  readonly stages: readonly StageName[];
  /** Enrolled under its own name, so that it has the generic floor of tests and data and these settings; else it is tested as its base is. */
  readonly own?: { readonly settings: object };
  readonly edit: (dir: string, around: Surroundings) => Promise<unknown>;
  readonly want: MatrixWant;
}

export interface MatrixWant {
  readonly verdict: 'Passed' | 'Failed' | 'Errored';
  /** Null where install was not reached. */
  readonly level: number | null;
  /** The stages that are not `passed`. */
  readonly notPassed: readonly (readonly [StageName, 'failed' | 'unverified' | 'skipped'])[];
  readonly cause: null | {
    readonly reason: string;
    readonly service?: string;
    readonly message: RegExp;
    readonly evidence?: RegExp;
  };
  /** Of the data of a stage. */
  readonly data?: Readonly<Partial<Record<StageName, object>>>;
}

/** Where tiny-web's head names its version: for the app, and for abra. */
export const HEAD_VERSION = '1.1.1+1.37';

export async function setVersion(dir: string, version: string, now = HEAD_VERSION): Promise<void> {
  await replaceIn(dir, 'compose.yml', [`VERSION=${now}\n`, `VERSION=${version}\n`]);
  await replaceIn(dir, 'compose.yml', [`.version=${now}"`, `.version=${version}"`]);
}

/** Publishes what lies in the folder as a release, before the head that is still to come. */
export async function publish(dir: string, tag: string, kind: 'annotated' | 'lightweight'): Promise<void> {
  await git(dir, ['add', '--all', '--force']);
  await git(dir, ['commit', '-q', '--allow-empty', '-m', `chore: publish ${tag} release`]);
  await git(dir, ['tag', ...(kind === 'annotated' ? ['-a', '-m', tag] : []), tag]);
}

/** As if those versions had never been published. */
export async function unpublish(dir: string): Promise<void> {
  const tags = (await git(dir, ['tag', '--list'])).split('\n').filter((tag) => tag !== '');
  await git(dir, ['tag', '-d', ...tags]);
}

/** Between the fixture's last commit and the variant's, in days. */
const BETWEEN = 2.25;

const git = (dir: string, args: readonly string[]): Promise<string> => gitOf(dir, args, BETWEEN);
