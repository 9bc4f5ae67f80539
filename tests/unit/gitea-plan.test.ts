/** What the Gitea of the tests needs and is told, without one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRequests } from '../gitea/requests.ts';
import { iniText, settingsOf } from '../gitea/settings.ts';
import { missingTools } from '../gitea/toolchain.ts';

describe('to build it', () => {
  const needs = { what: 'Gitea', go: '1.26.2', c: 'SQLite' };
  const TOO_OLD = (found: string) => [`Go 1.26.2 or newer is needed, and this machine's is ${found}`];
  it.each([
    { because: 'the very Go will do', found: 'go1.26.2', want: [] },
    { because: 'a newer patch will do', found: 'go1.26.10', want: [] },
    { because: 'a newer one will do, whatever its patch', found: 'go1.27.0', want: [] },
    { because: 'a newer one without a patch will do', found: 'go1.27', want: [] },
    { because: 'an older patch will not', found: 'go1.26.1', want: TOO_OLD('go1.26.1') },
    { because: 'that of Debian 13 will not', found: 'go1.24.4', want: TOO_OLD('go1.24.4') },
    { because: 'one without a patch is its first', found: 'go1.26', want: TOO_OLD('go1.26') },
    {
      because: 'none will not',
      found: undefined,
      want: ['Go 1.26.2 or newer is needed, and there is no `go`'],
    },
  ])('$because', ({ found, want }) => expect(missingTools(found, needs, () => true)).toEqual(want));

  it('a C compiler is needed, and all that is missing is named at once', () => {
    expect(missingTools(undefined, needs, () => false)).toEqual([
      'Go 1.26.2 or newer is needed, and there is no `go`',
      'a C compiler is needed for SQLite, and there is no `gcc`',
    ]);
  });
});

describe('to build what is Go alone', () => {
  it('no C compiler is asked for', () => {
    expect(missingTools('go1.26.2', { what: 'a judge', go: '1.26.0' }, () => false)).toEqual([]);
  });
});

describe('its settings', () => {
  it('are sections of keys, and what a test says wins over ours key by key', () => {
    const text = iniText({ '': { A: 1 }, one: { B: true, C: 'x' } }, { one: { C: 'y' }, two: { D: 2 } });
    expect(text).toBe('A = 1\n\n[one]\nB = true\nC = y\n\n[two]\nD = 2\n');
  });

  it('keep it on this machine', () => {
    const { server, service, webhook, cron } = settingsOf({ dir: '/x', port: 1234 });
    expect(server).toMatchObject({ HTTP_ADDR: '127.0.0.1', OFFLINE_MODE: true, DISABLE_SSH: true });
    expect(service).toMatchObject({ DISABLE_REGISTRATION: true });
    expect([webhook, cron]).toEqual([{ ALLOWED_HOST_LIST: 'loopback' }, { ENABLED: false }]);
  });
});

describe('its access log', () => {
  async function read(text: string) {
    const dir = await mkdtemp(join(tmpdir(), 'ccci-access-'));
    const file = join(dir, 'access.log');
    try {
      await writeFile(file, text);
      return await readRequests(file);
    } finally {
      await rm(dir, { recursive: true });
    }
  }

  it('is read line by line, and nobody in particular is null', async () => {
    const lines = [
      '1796025450000 GET /api/v1/user?a=b 200 21 cc-ci an agent "with" words',
      '1796025451000 POST /x 404 0 - ',
    ];
    expect(await read(`${lines.join('\n')}\n`)).toEqual([
      {
        at: new Date(1796025450000),
        method: 'GET',
        path: '/api/v1/user?a=b',
        status: 200,
        bytes: 21,
        user: 'cc-ci',
        userAgent: 'an agent "with" words',
      },
      {
        at: new Date(1796025451000),
        method: 'POST',
        path: '/x',
        status: 404,
        bytes: 0,
        user: null,
        userAgent: '',
      },
    ]);
  });

  it('is empty before the first request, and a line that nobody asked for is an error', async () => {
    expect(await readRequests('/nowhere/access.log')).toEqual([]);
    await expect(read('what is this?\n')).rejects.toThrow('did not ask for: what is this?');
  });
});
