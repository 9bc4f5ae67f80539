/** Does a Drone do what cc-ci takes it to do? */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../../controller/config.ts';
import type { DroneConfig } from '../../../controller/doors.ts';
import { messageOf } from '../../../controller/runtime/errors.ts';
import { StandInDrone } from '../../stand-ins/drone.ts';
import { REPOSITORY, TOKEN } from '../../stand-ins/drone-shapes.ts';
import { CHECKS } from './checks.ts';
import { makeDroneWorld } from './world.ts';

const USAGE = `Does a Drone do what cc-ci takes it to do?

  node_modules/.bin/node tests/conformance/drone/main.ts [--url URL --repository OWNER/NAME --token-file FILE [--branch BRANCH]]

  --url         of the server; without it, the project's own stand-in for Drone is asked, and what that shows is only
                that stand-in and client agree
  --repository  one that is activated there, with cc-ci's .drone.yml on the branch
  --branch      (default: main)
  --token-file  holds the token of a user that may create builds: never on the command line, where others read it

Makes two builds that fail. Exits 0 when every fact agreed, 1 when one differs, 2 when it could not compare.
`;

/** A build waits for a runner, and nine steps each start a program. */
const PATIENCE_MS = 5 * 60_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Target {
  readonly config: DroneConfig;
  readonly close: () => Promise<void>;
}

async function standIn(): Promise<Target> {
  const state = mkdtempSync(join(tmpdir(), 'ccci-conformance-'));
  const pipeline = readFileSync(join(ROOT, '.drone.yml'), 'utf8');
  const env = { PATH: `${join(ROOT, 'bin')}:/usr/bin:/bin`, CCCI_STATE_DIR: state };
  const drone = await StandInDrone.start({ pipeline, env });
  say('This is no Drone but the stand-in of this project.');
  return {
    config: { url: drone.url, repository: REPOSITORY, branch: 'main', token: { value: TOKEN } },
    close: async () => {
      await drone.close();
      rmSync(state, { recursive: true });
    },
  };
}

async function targetOf(values: Readonly<Record<string, string | undefined>>): Promise<Target> {
  const { url, repository = '', branch = 'main', 'token-file': file } = values;
  if (url === undefined) return standIn();
  const [owner = '', name = ''] = repository.split('/');
  if (name === '' || file === undefined)
    throw new Error('--url needs --repository OWNER/NAME and --token-file FILE.');
  const config = {
    url: url.replace(/\/+$/, ''),
    repository: { owner, name },
    branch,
    token: { file: resolve(file) },
  };
  return { config, close: () => Promise.resolve() };
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      url: text,
      repository: text,
      branch: text,
      'token-file': text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { help, ...given } = values;
  if (help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const target = await targetOf(given);
  try {
    const world = makeDroneWorld(target.config, PATIENCE_MS);
    say(`${target.config.url}: Drone ${(await world.builds.check()).version}\n`);
    let differing = 0;
    for (const { says, look } of CHECKS) {
      try {
        await look(world);
        say(`agrees   ${says}`);
      } catch (error) {
        differing++;
        say(`DIFFERS  ${says}\n           ${messageOf(error)}`);
      }
    }
    say(`\n${CHECKS.length - differing} facts agreed, ${differing} differ`);
    return differing === 0 ? 0 : 1;
  } finally {
    await target.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`conformance: ${messageOf(error)}\n`);
  process.exitCode = 2; // nothing was compared
}
