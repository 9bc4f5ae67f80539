/** An authority of one's own counts for all that cc-ci asks over TLS: Gitea, Drone, and git for a mirror; in processes of their own, as each trusts by itself. */
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../controller/config.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { repositoriesOf } from '../../controller/store/status-folders.ts';
import { makeThrowawayCa, type ThrowawayCa } from '../harness/throwaway-ca.ts';
import { waitUntil } from '../sandbox/processes.ts';
import { StandInDrone } from '../stand-ins/drone.ts';
import { REPOSITORY, TOKEN } from '../stand-ins/drone-shapes.ts';
import { StandInForge } from '../stand-ins/git-forge.ts';
import { StandInGitea } from '../stand-ins/gitea.ts';

const MIRROR_TOKEN = 'c4n4ry-token-0123456789';

let dir: string;
let ca: ThrowawayCa;
let gitea: StandInGitea;
let drone: StandInDrone;
let forge: StandInForge;
const fronts: Server[] = [];
const address = { gitea: '', drone: '', forge: '' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-trust-test-'));
  ca = await makeThrowawayCa();
  gitea = await StandInGitea.start();
  gitea.state.addOrganisation('coop', ['bot', 'ada']);
  gitea.state.addRepository('coop', 'ghost');
  drone = await StandInDrone.start({ pipeline: '', env: {} });
  forge = new StandInForge(join(dir, 'forge'), MIRROR_TOKEN);
  await forge.start();
  address.gitea = await front(gitea.url);
  address.drone = await front(drone.url);
  address.forge = await front(forge.url);
  await mkdir(join(dir, 'recipes'));
  await enrol(`${address.gitea}/coop/ghost.git`);
});
afterAll(async () => {
  for (const server of fronts) server.close();
  await Promise.all([gitea.stop(), drone.close(), forge.stop(), ca.remove()]);
  await rm(dir, { recursive: true, force: true });
});

/** TLS for `localhost` before a server that speaks none. */
async function front(url: string): Promise<string> {
  const { cert, key } = await ca.issue(['localhost']);
  const server = createServer({ cert, key }, (socket) => {
    const behind = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    for (const each of [socket, behind])
      each.on('error', () => {
        socket.destroy();
        behind.destroy();
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  fronts.push(server);
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

async function enrol(repo: string, upstream?: string): Promise<void> {
  const source = `{ repo: '${repo}'${upstream === undefined ? '' : `, upstream: '${upstream}'`} }`;
  const text = `apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: ghost }\nspec:\n  category: simple\n  source: ${source}\n`;
  await writeFile(join(dir, 'recipes', 'ghost.yaml'), text);
}

const env = (isTrusted: boolean, more: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: dir,
  TMPDIR: dir,
  CCCI_STATE_DIR: join(dir, 'state'),
  CCCI_RECIPES_DIR: join(dir, 'recipes'),
  CCCI_GITEA_ORGANISATION: 'coop',
  CCCI_GITEA_URL: address.gitea,
  CCCI_GITEA_TOKEN: gitea.state.addToken('bot').text,
  ...(isTrusted ? { CCCI_CA_FILE: ca.caFile } : {}),
  ...more,
});

const ctl = (words: readonly string[], over: Record<string, string>) =>
  execa(process.execPath, [join(ROOT, 'controller', 'ctl', 'main.ts'), ...words], {
    env: over,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });

describe.each([{ isTrusted: true }, { isTrusted: false }])(
  'with an authority that is trusted: $isTrusted',
  { timeout: 120_000 },
  ({ isTrusted }) => {
    it('doctor reaches Gitea and Drone, or says that it does not trust them', async () => {
      const checks = ['gitea', 'gitea-bot', 'gitea-rights', 'drone'];
      const said = await ctl(
        ['doctor', ...checks.flatMap((each) => ['--check', each])],
        env(isTrusted, {
          CCCI_DRONE_URL: address.drone,
          CCCI_DRONE_REPOSITORY: `${REPOSITORY.owner}/${REPOSITORY.name}`,
          CCCI_DRONE_TOKEN: TOKEN,
        }),
      );
      const text = said.stdout + said.stderr;
      expect(said.exitCode === 0, text).toBe(isTrusted);
      if (isTrusted) expect(text).toContain('bot, a member of coop');
      else expect(text).toMatch(/certificate|UNABLE_TO_VERIFY/i);
    });

    it(
      'the controller reads the comments of a repository, or says why it does not',
      { timeout: 180_000 },
      async () => {
        const state = join(dir, `state-${isTrusted}`);
        const socket = `unix://${join(dir, 'no-docker.sock')}`;
        const child = execa(process.execPath, [join(ROOT, 'controller', 'main.ts')], {
          env: env(isTrusted, { CCCI_STATE_DIR: state, CCCI_GITEA_POLL: '1s', CCCI_DOCKER_HOST: socket }),
          extendEnv: false,
          reject: false,
          stdin: 'ignore',
        });
        const folder = repositoriesOf(makeLayout(state));
        const polled = async () =>
          (await folder.get('ghost'))?.status.conditions.find(({ type }) => type === 'Polled');
        // Until it is as it is to be: on a busy machine a first answer may not come in time.
        await waitUntil(async () => (await polled())?.status === (isTrusted ? 'True' : 'False'), 120_000);
        // In the middle of a poll or not: that it ends is no news of the forge.
        child.kill('SIGTERM');
        await child;
        expect(await polled()).toMatchObject(
          isTrusted
            ? { status: 'True' }
            : { status: 'False', message: expect.stringMatching(/UNABLE_TO_VERIFY/) as string },
        );
        // What git of the steps is told lies there for them, and for them alone.
        expect((await readdir(state)).includes('authorities.pem')).toBe(isTrusted);
      },
    );

    it('a mirror is made and pushed to, or nothing of it', async () => {
      const upstream = join(dir, `upstream-${isTrusted}`);
      await execa('git', ['init', '--quiet', '--initial-branch=main', upstream]);
      const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgSign=false'];
      await execa('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', 'one'], { cwd: upstream });
      const repo = `${address.forge}/coop/ghost.git`;
      await enrol(repo, upstream);
      const before = [...forge.repositories.keys()];
      const said = await ctl(
        ['mirror', 'ghost'],
        env(isTrusted, { CCCI_GITEA_URL: address.forge, CCCI_MIRROR_TOKEN: MIRROR_TOKEN }),
      );
      const text = said.stdout + said.stderr;
      expect(said.exitCode === 0, text).toBe(isTrusted);
      const pushed = await execa('git', ['rev-parse', 'main'], {
        cwd: isTrusted ? forge.folder('coop/ghost') : upstream,
      });
      const head = await execa('git', ['rev-parse', 'main'], { cwd: upstream });
      expect(pushed.stdout).toBe(head.stdout);
      if (!isTrusted) expect([...forge.repositories.keys()]).toEqual(before);
      expect((await readdir(dir)).filter((name) => name.startsWith('ccci-'))).toEqual([]);
      await enrol(`${address.gitea}/coop/ghost.git`);
    });
  },
);

it('a file that is not there, or no certificate, is said at once', async () => {
  await writeFile(join(dir, 'no.pem'), 'nothing\n');
  for (const name of ['nowhere.pem', 'no.pem']) {
    const said = await ctl(['doctor', '--check', 'gitea'], env(false, { CCCI_CA_FILE: join(dir, name) }));
    expect(said.exitCode).not.toBe(0);
    expect(said.stdout + said.stderr).toContain('CCCI_CA_FILE cannot be used');
  }
}, 120_000);
