import { afterEach, beforeEach, expect, it } from 'vitest';
import { finishedBody, statusBody, stepOf } from '../ctl/testing.ts';
import { openApi, ProblemDocument, PublicRunDocument, RunListDocument } from './openapi.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const body = async (path: string): Promise<unknown> => (await world.get(path)).json();

it('says of every answer what it is, and is true of those that are given', async () => {
  await world.run('ghost-1', finishedBody('Failed', { steps: [stepOf('install', 'failed', 'It broke.')] }));
  await world.run('ghost-2', statusBody({ uid: 'u-2', phase: 'Running', stage: 'install' }));
  await world.write(world.layout.specFile('wrong'), 'kind: Nonsense\n');
  for (const name of ['ghost-1', 'ghost-2', 'wrong']) {
    const parsed = PublicRunDocument.safeParse(await body(`/api/v1/runs/${name}`));
    expect([name, parsed.error?.issues]).toEqual([name, undefined]);
  }
  expect(RunListDocument.safeParse(await body('/api/v1/runs')).error?.issues).toBeUndefined();
  for (const path of ['/api/v1/runs/none', '/api/v1/runs?limit=x', '/api/v1/runs/none/logs'])
    expect(ProblemDocument.safeParse(await body(path)).error?.issues).toBeUndefined();
});

/** Where a schema says nothing at all. */
function blanks(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (/(?:schema|items|anyOf\/\d+|properties\/[^/]+)$/.test(path) && Object.keys(value).length === 0)
    return [path];
  return Object.entries(value).flatMap(([key, each]) => blanks(each, `${path}/${key}`));
}

it('leaves nothing open, and names every address that there is', async () => {
  expect(await body('/api/v1/openapi.json')).toEqual(JSON.parse(JSON.stringify(openApi())));
  expect(blanks(openApi())).toEqual([]);
  const { paths } = openApi() as { paths: Record<string, unknown> };
  await world.run('ghost-1', finishedBody('Passed'));
  for (const path of Object.keys(paths)) {
    const answer = await world.get(path.replace('{name}', 'ghost-1'));
    expect([path, answer.status]).toEqual([path, 200]);
    await answer.body?.cancel();
  }
});
