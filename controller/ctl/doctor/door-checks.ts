/** Checks of the doors: Gitea and what the bot may do there, and Drone. */
import { repositoryOf } from '../../domain/trigger/names.ts';
import type { Repository } from '../../forge.ts';
import { messageOf, Terminal } from '../../runtime/errors.ts';
import { blocked, fail, type Finding, ok, warn } from './finding.ts';
import type { ForgeProbes, Probes } from './port.ts';

const OWNER = 'an owner of the organisation';
/** More would take longer than anybody waits. */
const MOST_REPOSITORIES = 50;

export async function gitea(probes: Probes): Promise<Finding | null> {
  const { gitea: config } = probes.config.doors;
  if (config === null) return null;
  const version = await probes.giteaVersion(config.url);
  return ok(`Gitea ${version} at ${config.url}`);
}

/** Whether the bot is who it should be, and may ask who is a member. */
export async function giteaBot(probes: Probes): Promise<Finding | null> {
  const { gitea: config } = probes.config.doors;
  if (config === null) return null;
  const forge = await probes.forge(config);
  let login: string;
  try {
    login = await forge.me();
  } catch (error) {
    return credentialsFailed(error);
  }
  const { organisation } = config;
  if (organisation === null) return ok(`${login}; who may say \`!testme\` is in CCCI_GITEA_ALLOWED`);
  const member = await forge.membership(organisation, login);
  if (member === 'yes') return ok(`${login}, a member of ${organisation}`);
  return blocked(
    typeof member === 'string' ? `${login} is no member of ${organisation}` : member.cannotTell,
    OWNER,
    `Make ${login} a member of ${organisation}, or list who may say \`!testme\` in CCCI_GITEA_ALLOWED: Gitea tells only members who is one.`,
  );
}

function credentialsFailed(error: unknown): Finding {
  const seen = messageOf(error);
  if (error instanceof Terminal && error.reason === 'ForgeForbidden')
    return blocked(seen, 'who made the token', 'Make a token with the scopes that docs/runbook.md names.');
  return fail(seen, 'Correct CCCI_GITEA_TOKEN_FILE, or CCCI_GITEA_USER and CCCI_GITEA_PASSWORD_FILE.');
}

/** Reading is asked of each repository; whether the bot may comment shows with the first comment. */
export async function giteaRights(probes: Probes): Promise<Finding | null> {
  const { gitea: config } = probes.config.doors;
  if (config === null) return null;
  const repositories = await enrolledOn(probes, config.url);
  if (repositories.length === 0)
    return warn(
      `no recipe is enrolled from ${config.url}`,
      '`ccci-ctl enroll` with a repository there; docs/enroll-recipe.md.',
    );
  const forge = await probes.forge(config);
  const refused: string[] = [];
  for (const each of repositories.slice(0, MOST_REPOSITORIES))
    if (!(await mayRead(forge, each, probes.now()))) refused.push(`${each.owner}/${each.name}`);
  const asked = Math.min(repositories.length, MOST_REPOSITORIES);
  if (refused.length === 0)
    return ok(`${asked} of ${repositories.length} enrolled repositories asked, all can be read`);
  return blocked(
    `the bot may not read ${refused.join(', ')}`,
    OWNER,
    'Give its team read access to code, and to issues and pull requests; it needs to administer nothing.',
  );
}

async function enrolledOn(probes: Probes, url: string): Promise<Repository[]> {
  const all = await probes.recipes();
  return all.flatMap(({ repo }) => (repo === null ? [] : (repositoryOf(repo, url) ?? [])));
}

async function mayRead(forge: ForgeProbes, repository: Repository, now: Date): Promise<boolean> {
  try {
    await forge.commentsSince(repository, now);
    return true;
  } catch (error) {
    if (error instanceof Terminal) return false;
    throw error;
  }
}

export async function drone(probes: Probes): Promise<Finding | null> {
  const { drone: config } = probes.config.doors;
  if (config === null) return null;
  try {
    const { version } = await probes.drone(config);
    return ok(`Drone ${version} at ${config.url} knows ${config.repository.owner}/${config.repository.name}`);
  } catch (error) {
    return error instanceof Terminal
      ? blocked(messageOf(error), 'an administrator of Drone', 'Do what it says.')
      : fail(messageOf(error), 'Start Drone, or correct CCCI_DRONE_URL; runs go on without it.');
  }
}
