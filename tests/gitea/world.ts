/** The people, the organisation and the recipes of a Gitea: what cc-ci meets there. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gitOf, makeRecipeRepo, makeVariantRepo } from '../sandbox/repos.ts';
import { waitUntil } from '../sandbox/processes.ts';
import { type Api, basic, makeApi } from './api.ts';
import { ADMIN, People } from './people.ts';
import { Branch, Repository, Team } from './schema.ts';
import { type GiteaOptions, type GiteaServer, startGitea } from './server.ts';

export const ORG = 'recipe-maintainers';
/** The maintainer: a member of the organisation, which only members can see. */
export const ADA = 'ada';
/** A stranger: no member, with an account like anybody's. */
export const EVE = 'eve';
export const BOT = 'cc-ci';

/**
 * What the bot's token may do. Enough to read pull requests, to comment, to react and to write commit statuses (the
 * first two), to see who is a member of the organisation, and to know its own name.
 */
export const BOT_SCOPES = ['write:repository', 'write:issue', 'read:organization', 'read:user'];

/**
 * What the bot's team may do in every repository of the organisation; gitea.test.ts shows each of these.
 * - To comment, to edit its own comments and to react, reading pull requests is enough: so may any stranger.
 * - With *write* on issues or pull requests it could also edit what others wrote: it gets *read*.
 * - A commit status needs *write* on code, and with it the bot could push branches: Gitea has no smaller right.
 * - Who is a member, private membership included, is told to any member, whatever the team's rights.
 */
const BOT_UNITS = { 'repo.code': 'write', 'repo.issues': 'read', 'repo.pulls': 'read' };
const MAINTAINER_UNITS = { 'repo.code': 'write', 'repo.issues': 'write', 'repo.pulls': 'write' };

/** A push is told to the rest of Gitea by a queue: moments, and seconds on a busy machine. */
export const SETTLE_MS = 60_000;

/** A recipe that is a fixture but for one more commit on `main`. */
export interface Variant {
  readonly name: string;
  readonly edit: (dir: string) => Promise<void>;
}

export interface World {
  readonly server: GiteaServer;
  /** Folder for git repositories of the tests; it goes with the world. */
  readonly work: string;
  /** The API as this person asks it, with all rights that they have; null for nobody in particular. */
  as(login: string | null): Api;
  /** A token of the bot's with the scopes above, for the program that is tested. */
  readonly botToken: string;
  passwordOf(login: string): string;
  addPerson(login: string): Promise<void>;
  /** Their membership is private, as it is by default. */
  addMember(login: string): Promise<void>;
  removeMember(login: string): Promise<void>;
  /** A fixture recipe as repository of the organisation, with its tags; its path there, `recipe-maintainers/tiny-web`. */
  addRecipe(fixture: string, variant?: Variant): Promise<string>;
  newToken(login: string, scopes: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function makeWorld(options: GiteaOptions = {}): Promise<World> {
  const server = await startGitea(options);
  try {
    const world = await worldOn(server);
    for (const login of [ADA, EVE]) await world.addPerson(login);
    await world.addMember(ADA);
    return world;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function worldOn(server: GiteaServer): Promise<World> {
  const work = join(server.dir, 'work');
  await mkdir(work);
  const people = new People(server);
  await people.addAdmin();
  const admin = people.api(ADMIN);
  await admin.must('POST', '/orgs', { username: ORG, visibility: 'public' });
  const maintainers = await addTeam(admin, 'maintainers', MAINTAINER_UNITS);
  const bots = await addTeam(admin, 'bots', BOT_UNITS);
  await people.add(BOT);
  await admin.must('PUT', `/teams/${bots}/members/${BOT}`);
  const world: World = {
    server,
    work,
    as: (login) => (login === null ? makeApi(server, null) : people.api(login)),
    botToken: await people.token(BOT, BOT_SCOPES),
    passwordOf: (login) => people.password(login),
    addPerson: (login) => people.add(login),
    addMember: async (login) => void (await admin.must('PUT', `/teams/${maintainers}/members/${login}`)),
    removeMember: async (login) => void (await admin.must('DELETE', `/orgs/${ORG}/members/${login}`)),
    addRecipe: (fixture, variant) => addRecipe(world, fixture, variant),
    newToken: (login, scopes) => people.token(login, scopes),
    stop: () => server.stop(),
  };
  return world;
}

async function addTeam(admin: Api, name: string, units: Readonly<Record<string, string>>): Promise<number> {
  const team = { name, permission: 'read', includes_all_repositories: true, units_map: units };
  return Team.parse(await admin.must('POST', `/orgs/${ORG}/teams`, team)).id;
}

async function addRecipe(world: World, fixture: string, variant?: Variant): Promise<string> {
  const name = variant?.name ?? fixture;
  const repository = `${ORG}/${name}`;
  await world.as(ADMIN).must('POST', `/orgs/${ORG}/repos`, { name, default_branch: 'main' });
  const into = join(world.work, 'recipes');
  const { path, head } =
    variant === undefined
      ? await makeRecipeRepo(fixture, into)
      : await makeVariantRepo({ base: fixture, name, into }, variant.edit);
  await setRemote(world, { dir: path, repository, login: ADA });
  await gitOf(path, ['push', '-q', 'gitea', 'main', '--tags']);
  await untilBranch(world, { repository, branch: 'main', sha: head });
  return repository;
}

/** Whose pushes these are stands in the repository's settings, so that no password is on a command line. */
export async function setRemote(
  world: World,
  { dir, repository, login }: { dir: string; repository: string; login: string },
): Promise<void> {
  const url = `${world.server.url}/${repository}.git`;
  const settings = [
    '[remote "gitea"]',
    `  url = ${url}`,
    `[http "${url}"]`,
    `  extraHeader = "Authorization: ${basic(login, world.passwordOf(login))}"`,
  ];
  await appendFile(join(dir, '.git', 'config'), `${settings.join('\n')}\n`);
}

/** Until the API knows what was pushed. */
export async function untilBranch(
  world: World,
  { repository, branch, sha }: { repository: string; branch: string; sha: string },
): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    // Asked for a branch of a repository that it believes to be empty, it fails.
    if (Repository.parse(await world.as(ADMIN).must('GET', `/repos/${repository}`)).empty) return false;
    const { status, body } = await world.as(ADMIN).ask('GET', `/repos/${repository}/branches/${branch}`);
    return status === 200 && Branch.parse(body).commit.id === sha;
  };
  if (!(await waitUntil(isKnown, SETTLE_MS)))
    throw new Error(`Gitea did not take note of ${sha} on the branch ${branch} of ${repository}.`);
}
