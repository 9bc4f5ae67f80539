/** What `doctor` looks at: each check is a small function from a probe to a finding. Pure but for the probes. */
import { messageOf } from '../../runtime/errors.ts';
import { fail, type Finding, ok, warn } from './finding.ts';
import { drone, gitea, giteaBot, giteaRights } from './door-checks.ts';
import type { Check, Probes } from './port.ts';
import { runNetworks } from './run-networks.ts';
import { certificate, daysLeft, disk, dns, FEW_DAYS, gateway, nixos, short, ssh } from './site-checks.ts';

const REMOTE = ['nfs', 'cifs', 'smb', 'sshfs or another FUSE'];
/** Swarm gives every service an address in the proxy's network; a /24 is full at about a hundred services (moby#43052). */
const WIDEST_PREFIX = 20;
const OLDEST_NODE = 24;
const PROXY_NETWORK = 'proxy';
/** Any host of the zone shows the proxy's wildcard certificate. */
const hostOf = (probes: Probes): string => `ccci-doctor.${probes.config.zone}`;

async function stateDir(probes: Probes): Promise<Finding> {
  const { stateDir: path } = probes.config;
  const { writable, fileSystem } = await probes.stateDir();
  if (writable !== '')
    return fail(`${path}: ${writable}`, 'Give this user the directory, or set CCCI_STATE_DIR.');
  if (REMOTE.includes(fileSystem))
    return fail(
      `${path} is on ${fileSystem}`,
      'Set CCCI_STATE_DIR to a local disk: changes are not seen reliably on a network file system.',
    );
  return ok(`${path} is writable, on ${fileSystem}`);
}

async function controller(probes: Probes): Promise<Finding> {
  const lock = await probes.controller();
  if (lock?.alive === true) return ok(`running, pid ${lock.pid}`);
  return warn(
    lock === null ? 'not running' : 'not running; its lock was left by a crash',
    'Start it with `npm start`; runs stay queued until then.',
  );
}

async function docker(probes: Probes): Promise<Finding> {
  const seen = await probes.docker();
  const about = `Docker ${seen.version} (API ${seen.apiVersion}), swarm ${seen.swarm}`;
  if (seen.swarm !== 'active') return fail(about, 'Run `docker swarm init` on this host.');
  if (!seen.manager) return fail(`${about}, not a manager`, 'Point CCCI_DOCKER_HOST to a manager node.');
  return ok(`${about}, manager`);
}

async function network(probes: Probes): Promise<Finding> {
  const make = `docker network create -d overlay --attachable --subnet 10.77.0.0/16 ${PROXY_NETWORK}`;
  const seen = await probes.network(PROXY_NETWORK);
  if (seen === null) return fail(`there is no network "${PROXY_NETWORK}"`, `Run \`${make}\`.`);
  if (seen.driver !== 'overlay')
    return fail(`"${PROXY_NETWORK}" is a ${seen.driver} network`, `Remove it and run \`${make}\`.`);
  const widest = Math.min(...seen.subnets.map((subnet) => Number(subnet.split('/')[1] ?? 32)));
  const about = `overlay ${seen.subnets.join(', ') || 'without a subnet'}`;
  return widest <= WIDEST_PREFIX
    ? ok(about)
    : warn(
        about,
        `It runs out of addresses at about 100 services; make it again as /${WIDEST_PREFIX} or larger.`,
      );
}

async function proxy(probes: Probes): Promise<Finding> {
  const host = hostOf(probes);
  const address = probes.config.proxyAddress ?? (await probes.address(host));
  const { issuer, validTo, fingerprint } = await probes.certificate(address, host);
  const days = daysLeft(validTo, probes.now());
  const about = `${address}:443 answers, certificate for *.${probes.config.zone} by ${issuer}, ${days} days left`;
  if (days < FEW_DAYS) return warn(about, 'Renew the certificate.');
  const files = probes.config.doors.site.certificate;
  const own = files === null ? fingerprint : (await probes.certificateFile(files)).fingerprint;
  return own === fingerprint
    ? ok(about)
    : warn(
        `${about}; it is not the one of CCCI_CERTIFICATE_FILE (${short(own)})`,
        'Run `ccci-ctl proxy` with the new files.',
      );
}

async function abra(probes: Probes): Promise<Finding> {
  const seen = await probes.abra();
  const about = `${seen.kind === 'builtin' ? 'the built-in deployer' : 'the real abra'}: ${seen.version} (${seen.bin})`;
  if (seen.missing.length > 0)
    return fail(`${about} lacks ${seen.missing.join(', ')}`, 'Install abra 0.13, or set CCCI_ABRA_BIN.');
  return ok(about);
}

async function node(probes: Probes): Promise<Finding> {
  const major = Number(/^v?(\d+)/.exec(probes.nodeVersion)?.[1] ?? 0);
  const about = `node ${probes.nodeVersion}`;
  return major >= OLDEST_NODE
    ? ok(about)
    : fail(about, 'Run `npm ci` and start through bin/ccci-ctl: it brings its own Node.');
}

async function testsDir(probes: Probes): Promise<Finding> {
  const { testsDir: path } = probes.config;
  return (await probes.folder(path))
    ? ok(path)
    : warn(
        `${path} does not exist`,
        'Set CCCI_TESTS_DIR, or make the folder; recipes without tests of ours get the generic ones.',
      );
}

async function recipes(probes: Probes): Promise<Finding> {
  const { recipesDir } = probes.config;
  const all = await probes.recipes();
  const bad = all.filter((each) => each.problems.length > 0);
  if (bad.length > 0)
    return fail(
      bad.flatMap((each) => each.problems).join('; '),
      'Correct the files; `ccci-ctl explain recipe.spec` says what belongs there.',
    );
  if (all.length === 0)
    return warn(
      `no recipe is enrolled in ${recipesDir}`,
      'Add a RecipeSpec there; docs/ctl.md has one to copy.',
    );
  return ok(`${all.length} valid: ${all.map((each) => each.name).join(', ')}`);
}

/** A program that must be there (`fail`) or whose absence takes something away (`warn`). */
function program(file: string, missing: Finding): (probes: Probes) => Promise<Finding> {
  return async (probes) => {
    try {
      return ok(await probes.version(file));
    } catch (error) {
      return { ...missing, seen: `${file}: ${messageOf(error)}` };
    }
  };
}

export const CHECKS: readonly Check[] = [
  { name: 'ssh', look: ssh },
  { name: 'nixos', look: nixos },
  { name: 'node', look: node },
  { name: 'state-dir', look: stateDir },
  { name: 'disk', look: disk },
  { name: 'controller', look: controller },
  { name: 'docker', look: docker },
  { name: 'proxy-network', look: network },
  { name: 'run-networks', look: runNetworks },
  { name: 'dns', look: dns },
  { name: 'gateway', look: gateway },
  { name: 'certificate', look: certificate },
  { name: 'proxy', look: proxy },
  { name: 'abra', look: abra },
  { name: 'git', look: program('git', fail('', 'Install git.')) },
  {
    name: 'chromium',
    look: (probes) =>
      program(
        probes.config.chromium,
        warn('', 'Install Chromium or set CCCI_CHROMIUM; browser tests and screenshots need it.'),
      )(probes),
  },
  {
    name: 'bubblewrap',
    look: program(
      'bwrap',
      warn('', "Install bubblewrap; a browser and a recipe's own tests run only inside it."),
    ),
  },
  {
    name: 'pytest',
    look: program(
      'pytest-3',
      warn('', 'Install python3-pytest; recipes that bring pytest files are not judged without it.'),
    ),
  },
  {
    name: 'bats',
    look: program('bats', warn('', 'Install bats; recipes that bring bats files are not judged without it.')),
  },
  { name: 'tests-dir', look: testsDir },
  { name: 'recipes', look: recipes },
  { name: 'gitea', look: gitea },
  { name: 'gitea-bot', look: giteaBot },
  { name: 'gitea-rights', look: giteaRights },
  { name: 'drone', look: drone },
];

/** What to do where a probe could not look at all. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  docker: 'Start Docker, or set CCCI_DOCKER_HOST to its socket, and give this user access to it.',
  'proxy-network': 'Docker must answer first.',
  'run-networks': 'Docker and the deployer must answer first.',
  proxy: 'Deploy the proxy with a certificate for the zone; for one of your own authority set CCCI_CA_FILE.',
  gateway: 'The certificate must be readable first.',
  gitea: 'Start Gitea, or correct CCCI_GITEA_URL; polling goes on by itself when it answers.',
  'gitea-bot': 'Gitea must answer first.',
  'gitea-rights': 'Gitea must answer first.',
  abra: 'Install abra 0.13, or leave CCCI_ABRA_BIN on "auto" for the built-in deployer.',
};

/** Null where it is not configured. */
export async function look(check: Check, probes: Probes): Promise<Finding | null> {
  try {
    return await check.look(probes);
  } catch (error) {
    return fail(messageOf(error), UNREACHABLE[check.name] ?? 'See the message.');
  }
}
