import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, withEnvFiles } from './env-files.ts';

describe('a file of env_file', () => {
  it.each([
    { because: 'a line is a variable', text: 'A=1\nB=x=y\n', want: { A: '1', B: 'x=y' } },
    { because: 'lines of comments and empty ones are nothing', text: '# A=1\n\n  #B=2\n  C=3', want: { C: '3' } },
    { because: 'a comment behind a value belongs to it', text: 'A=1 # no', want: { A: '1 # no' } },
    { because: 'quotes belong to the value', text: 'A="1"', want: { A: '"1"' } },
    { because: 'a name without a value takes the app’s', text: 'SET\nEMPTY=\nNONE\nNOTHING=', want: { SET: 'app', EMPTY: 'app', NOTHING: '' } },
    { because: 'a byte order mark is no name', text: '\uFEFFA=1\r\nB=2', want: { A: '1', B: '2' } },
  ])('$because', ({ text, want }) => {
    expect(Object.fromEntries(linesOf(text, 'app.env', { SET: 'app', EMPTY: 'app' }))).toEqual(want);
  });

  it.each(['=1', 'A B=1'])('is refused with %s', (text) => {
    expect(() => linesOf(text, 'app.env', {})).toThrow('app.env');
  });
}); // oxfmt-ignore

describe('the tree with them', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'env-files-'));
    await writeFile(join(dir, 'one.env'), 'MODE=recipe\nA=1\nB=1');
    await writeFile(join(dir, 'two.env'), 'A=2');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const environmentOf = async (service: object) =>
    (await withEnvFiles({ services: { app: { image: 'a', ...service } } }, dir, { MODE: 'operator' }))['services'];

  it.each([
    { because: 'they win over the app’s env', service: { env_file: ['one.env'] }, want: { MODE: 'recipe', A: '1', B: '1' } },
    { because: 'the later one wins', service: { env_file: ['one.env', 'two.env'] }, want: { MODE: 'recipe', A: '2', B: '1' } },
    { because: 'what the service says itself wins', service: { env_file: 'two.env', environment: { A: '3' } }, want: { A: '3' } },
  ])('$because', async ({ service, want }) => {
    expect(await environmentOf(service)).toEqual({ app: { image: 'a', environment: want } });
  });

  it('reads none outside the recipe', async () => {
    await expect(environmentOf({ env_file: ['../x.env'] })).rejects.toThrow();
  });
}); // oxfmt-ignore
