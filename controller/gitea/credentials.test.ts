import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StandInGitea } from '../../tests/stand-ins/gitea.ts';
import type { Forge } from '../forge.ts';
import { SCOPES } from './answers.ts';
import type { CredentialSource } from './credentials.ts';
import { giteaForge } from './forge.ts';

const PASSWORD = 'canary-password:with-colon "é"';

let gitea: StandInGitea;
let folder: string;
let file: string;

beforeEach(async () => {
  gitea = await StandInGitea.start();
  gitea.state.addOrganisation('coop', ['bot']);
  gitea.state.addUser('bot', PASSWORD);
  folder = await mkdtemp(join(tmpdir(), 'ccci-credentials-'));
  file = join(folder, 'secret');
});

afterEach(async () => {
  await gitea.stop();
  await rm(folder, { recursive: true });
});

const forgeOf = (credentials: CredentialSource): Forge =>
  giteaForge({
    url: gitea.url,
    credentials,
    tokenName: 'cc-ci-1a2b3c4d',
    clock: { now: () => gitea.state.now },
  });
const byPassword = (): Forge => forgeOf({ user: 'bot', password: { file } });
const look = async (forge: Forge): Promise<string> => {
  try {
    return (await forge.changedPulls('coop', gitea.state.now)).pulls.length.toString();
  } catch (error) {
    return String(error);
  }
};
const minted = (): number =>
  gitea.requests.filter(
    ({ method, path, status }) => method === 'POST' && path.endsWith('/tokens') && status === 201,
  ).length;

it('makes one token of the least scopes, for however many ask at once, and removes the old one of its name', async () => {
  await writeFile(file, `${PASSWORD}\n`);
  gitea.state.addToken('bot', ['all'], 'cc-ci-1a2b3c4d');
  gitea.state.addToken('bot', ['all'], 'somebody’s');
  const forge = byPassword();
  expect(await Promise.all([look(forge), look(forge), look(forge)])).toEqual(['0', '0', '0']);
  expect(await forge.me()).toBe('bot');
  expect(gitea.state.tokens.map(({ name, scopes }) => ({ name, scopes }))).toEqual([
    { name: 'somebody’s', scopes: ['all'] },
    { name: 'cc-ci-1a2b3c4d', scopes: [...SCOPES] },
  ]);
  expect(minted()).toBe(1);
});

it('makes another when the first is revoked, once for all who find that out', async () => {
  await writeFile(file, PASSWORD);
  const forge = byPassword();
  await look(forge);
  gitea.state.advance(120_000);
  gitea.state.tokens = [];
  expect(await Promise.all([look(forge), look(forge)])).toEqual(['0', '0']);
  expect(minted()).toBe(2);
});

it('makes no storm of tokens where none of them works', async () => {
  await writeFile(file, PASSWORD);
  gitea.fault(/issues\/search/, { do: 'answer', status: 401 });
  const forge = byPassword();
  for (let each = 0; each < 10; each++) expect(await look(forge)).toContain('answered 401');
  expect(minted()).toBe(1);
});

it('asks with a password that was refused once a minute', async () => {
  await writeFile(file, 'wrong');
  const forge = byPassword();
  for (let each = 0; each < 10; each++) expect(await look(forge)).toContain('two-factor');
  expect(gitea.requests.length).toBe(1);
  gitea.state.advance(60_000);
  await look(forge);
  expect(gitea.requests.length).toBe(2);
});

it('tries again at once where nobody answered, also where the token was made and its answer was lost', async () => {
  await writeFile(file, PASSWORD);
  const forge = byPassword();
  gitea.fault(/^DELETE/, { do: 'close' }, 1);
  expect(await look(forge)).toContain('did not answer');
  gitea.fault(/^POST/, { do: 'lost' }, 1);
  expect(await look(forge)).toContain('did not answer');
  expect(await look(forge)).toBe('0');
  expect(gitea.state.tokens.length).toBe(1);
});

it('takes a changed password without a restart', async () => {
  await writeFile(file, 'wrong');
  const forge = byPassword();
  expect(await look(forge)).toContain('answered 401');
  await writeFile(file, PASSWORD);
  expect(await look(forge)).toBe('0');
});

it('takes a changed token without a restart, and says which file cannot be read', async () => {
  await writeFile(file, gitea.state.addToken('bot').text);
  const forge = forgeOf({ token: { file } });
  expect(await look(forge)).toBe('0');
  gitea.state.tokens = [];
  expect(await look(forge)).toContain('Give cc-ci a token or a password that Gitea accepts');
  await writeFile(file, gitea.state.addToken('bot').text);
  expect(await look(forge)).toBe('0');
  await rm(file);
  expect(await look(forge)).toContain(file);
});

it('names no secret in any error', async () => {
  const said: string[] = [];
  const token = gitea.state.addToken('bot').text;
  await writeFile(file, PASSWORD);
  const keep = async (forge: Forge): Promise<void> => {
    const error = await forge.changedPulls('coop', gitea.state.now).then(
      () => null,
      (error: unknown) => error,
    );
    for (let at = error; at instanceof Error; at = at.cause)
      said.push(at.message, at.stack ?? '', JSON.stringify(at));
  };
  // A server that says back what it was sent.
  const basic = Buffer.from(`bot:${PASSWORD}`).toString('base64');
  const answering = async (message: string, forge: Forge): Promise<void> => {
    for (const status of [301, 400, 401, 403, 422, 500]) {
      const end = gitea.fault(/./, { do: 'answer', status, body: JSON.stringify({ message }) });
      await keep(forge);
      gitea.state.advance(60_000);
      end();
    }
  };
  await answering(`Is it "token ${token}"?`, forgeOf({ token: { value: token } }));
  await answering(`Basic ${basic}, ${PASSWORD}`, byPassword());
  await keep(forgeOf({ token: { value: `${token}\n${token}` } }));
  gitea.outage();
  await keep(forgeOf({ token: { value: token } }));
  await keep(byPassword());
  expect(said.length).toBeGreaterThan(20);
  for (const secret of [token, PASSWORD, basic])
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
});
