/** A mirror on our forge: there, with upstream's main and tags, and with a pull request for a change. Safe to repeat. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Terminal } from '../runtime/errors.ts';
import {
  type Change,
  fetchChange,
  fetchUpstream,
  MAIN,
  pushChange,
  pushRefs,
  type Refs,
  remoteRefs,
} from './branches.ts';
import { credentialsFor } from './credentials.ts';
import { type ForgeCalls, makeForgeCalls, type RepositoryId } from './forge-calls.ts';

export interface MirrorWanted {
  readonly repository: RepositoryId;
  readonly upstream: string;
  readonly change: (Change & { readonly title: string | null }) | null;
}

export interface MirrorDeps {
  /** Of the forge, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** What git needs to find programs; no credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the clone lies meanwhile. */
  readonly tmpDir: string;
}

export type Done = 'created' | 'updated' | 'unchanged';

/** One thing that was asserted: `main`, `tags`, …; `about` says what it is now. */
export interface Line {
  readonly what: string;
  readonly done: Done;
  readonly about: string;
}

/** Pushes to `repository` on the forge and nowhere else. Throws Terminal where a person must act. */
export async function ensureMirror(deps: MirrorDeps, wanted: MirrorWanted): Promise<Line[]> {
  const folder = await mkdtemp(join(deps.tmpDir, 'ccci-mirror-'));
  const calls = makeForgeCalls(deps.url, deps.token);
  const { owner, name } = wanted.repository;
  const mirror = {
    address: `${deps.url}/${owner}/${name}.git`,
    env: { ...deps.env, ...credentialsFor(deps.url, deps.token) },
    folder: join(folder, 'git'),
  };
  try {
    // First, so that nothing is made of what cannot be read.
    const refs = await fetchUpstream(mirror.folder, wanted.upstream, deps.env);
    const subject = wanted.change === null ? '' : await fetchChange(mirror.folder, wanted.change, deps.env);
    const lines = [await ensureRepository(calls, wanted), ...(await ensureRefs(mirror, refs))];
    if (wanted.change === null) return lines;
    const title = wanted.change.title ?? subject;
    return [
      ...lines,
      ...(await ensurePull({ calls, mirror }, wanted.repository, { ...wanted.change, title })),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Mirror {
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

async function ensureRepository(calls: ForgeCalls, { repository, upstream }: MirrorWanted): Promise<Line> {
  const name = `${repository.owner}/${repository.name}`;
  const seen = await calls.repository(repository);
  if (seen === null) {
    const isNew = await calls.createRepository(repository, `Mirror of ${withoutCredentials(upstream)}`);
    return { what: 'repository', done: isNew ? 'created' : 'unchanged', about: name };
  }
  if (seen.mirror)
    throw new Terminal(
      'MirrorReadOnly',
      `${name} is a mirror that Gitea pulls by itself, and takes no branches. Turn it into a regular repository in its settings.`,
    );
  if (seen.archived)
    throw new Terminal('MirrorReadOnly', `${name} is archived. Unarchive it in its settings.`);
  return { what: 'repository', done: 'unchanged', about: name };
}

async function ensureRefs(mirror: Mirror, wanted: Refs): Promise<Line[]> {
  const there = await remoteRefs(mirror.address, mirror.env);
  const refs = [...wanted].filter(([name, object]) => there.get(name) !== object).map(([name]) => name);
  if (refs.length > 0) await pushRefs(mirror.folder, mirror.address, { refs, env: mirror.env });
  const tags = refs.filter((name) => name !== MAIN).length;
  const own = [...there.keys()].filter((name) => name.startsWith('refs/tags/') && !wanted.has(name)).length;
  return [
    {
      what: 'main',
      done: changeOf(there.get(MAIN), wanted.get(MAIN)),
      about: aboutMain(there.get(MAIN), wanted.get(MAIN)),
    },
    {
      what: 'tags',
      done: tags > 0 ? 'updated' : 'unchanged',
      about: `${wanted.size - 1} of upstream, ${tags} of them new or moved${own > 0 ? `; ${own} that upstream has not were left` : ''}`,
    },
  ];
}

function changeOf(before: string | undefined, now: string | undefined): Done {
  if (before === now) return 'unchanged';
  return before === undefined ? 'created' : 'updated';
}

function aboutMain(before = '', now = ''): string {
  return before === '' || before === now
    ? now.slice(0, 12)
    : `${now.slice(0, 12)}, it was ${before.slice(0, 12)}`;
}

async function ensurePull(
  { calls, mirror }: { calls: ForgeCalls; mirror: Mirror },
  repository: RepositoryId,
  change: Change & { readonly title: string },
): Promise<Line[]> {
  const { branch, commit, title } = change;
  const there = (await remoteRefs(mirror.address, mirror.env)).get(`refs/heads/${branch}`);
  if (there !== commit) await pushChange(mirror.folder, mirror.address, { change, there, env: mirror.env });
  const pushed = {
    what: 'branch',
    done: changeOf(there, commit),
    about: `${branch} at ${commit.slice(0, 12)}`,
  };
  const open = await calls.openPull(repository, branch);
  const about = open ?? (await calls.createPull(repository, { branch, title }));
  return [pushed, { what: 'pull request', done: open === null ? 'created' : 'unchanged', about }];
}

/** Everybody reads the description. */
function withoutCredentials(address: string): string {
  return address.replace(/^(https?:\/\/)[^/]*@/, '$1');
}
