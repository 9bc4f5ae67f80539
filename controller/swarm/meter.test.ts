/** The meter against answers that a real engine gives only in some versions, or seldom. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeDiskMeter, makeMeter } from './meter.ts';

const dir = mkdtempSync(join(tmpdir(), 'ccci-meter-'));
const servers: Server[] = [];
let count = 0;

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Answers = (path: string) => readonly [number, unknown];

async function meterOn(answers: Answers) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    const [status, body] = answers(path);
    const text = body === undefined ? '' : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  servers.push(server);
  const socket = join(dir, `${++count}.sock`);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const dockerHost = `unix://${socket}`;
  return { meter: makeMeter({ dockerHost }), disk: makeDiskMeter({ dockerHost }), asked };
}

const container = (Id: string, service: string) => ({
  Id,
  Names: [`/${service}.1`],
  Created: 0,
  Labels: { 'com.docker.swarm.service.name': service },
});

describe('memory', () => {
  const LIST = [container('c1', 'shop_app'), container('c2', 'shop_db')];
  const withStats = (stats: Record<string, readonly [number, unknown]>) =>
    meterOn((path) => {
      if (path.startsWith('/containers/json')) return [200, LIST];
      return stats[path.split('/')[2] ?? ''] ?? [404, { message: 'No such container' }];
    });
  const usage = (memory_stats: object) => [200, { memory_stats }] as const;

  it('asks for the running containers of the stack, and once for each without waiting for a second sample', async () => {
    const { meter, asked } = await withStats({ c1: usage({ usage: 9 }), c2: usage({ usage: 8 }) });
    await meter.memory('shop');
    expect(asked[0]).toBe('/containers/json?filters={"label":["com.docker.stack.namespace=shop"]}');
    expect(asked.slice(1).toSorted()).toEqual([
      '/containers/c1/stats?stream=false&one-shot=true',
      '/containers/c2/stats?stream=false&one-shot=true',
    ]);
  });

  it('reads both versions of cgroups', async () => {
    const v1 = { usage: 90, max_usage: 120, stats: { total_inactive_file: 30, inactive_file: 5 } };
    const v2 = { usage: 70, stats: { inactive_file: 20 } };
    const { meter } = await withStats({ c1: usage(v1), c2: usage(v2) });
    expect(await meter.memory('shop')).toEqual({
      containers: [
        { id: 'c1', service: 'app', usage: 90, max: 120, inactiveFile: 30 },
        { id: 'c2', service: 'db', usage: 70, max: null, inactiveFile: 20 },
      ],
      problems: [],
    });
  });

  it.each([
    { because: 'ended meanwhile', c1: usage({}) },
    { because: 'was removed while an old engine waited for its next sample', c1: [200, undefined] as const },
  ])('takes a container that $because for one that is not there', async ({ c1 }) => {
    const { meter } = await withStats({ c1 });
    expect(await meter.memory('shop')).toEqual({ containers: [], problems: [] });
  });

  it('reads the others beside one that cannot be read, and says what was wrong', async () => {
    const { meter } = await withStats({ c1: [500, { message: 'no cgroup' }], c2: usage({ usage: 8 }) });
    const { containers, problems } = await meter.memory('shop');
    expect(containers.map(({ service }) => service)).toEqual(['db']);
    expect(problems).toEqual(['Docker, asked to "stats of container c1": no cgroup']);
  });
});

describe('volumes', () => {
  const volume = (Name: string, stack: string | null, Size?: number) => ({
    Name,
    CreatedAt: '2026-11-23T12:00:00Z',
    Labels: stack === null ? null : { 'com.docker.stack.namespace': stack },
    ...(Size === undefined ? {} : { UsageData: { Size, RefCount: 1 } }),
  });
  const ALL = [volume('shop_db', 'shop', 20), volume('shop_app', 'shop', 10), volume('other_x', 'other', 5)];
  const withSizes = (sizes: Answers, listed: readonly object[] = ALL) =>
    meterOn((path) => (path === '/volumes' ? [200, { Volumes: listed }] : sizes(path)));

  it.each([
    { because: 'up to API 1.51', answer: { LayersSize: 1, Volumes: ALL } },
    { because: 'from API 1.52 on', answer: { VolumeUsage: { TotalCount: 3, Items: ALL } } },
  ])('are those of the stack, by name, $because', async ({ answer }) => {
    const { meter, asked } = await withSizes(() => [200, answer]);
    expect(await meter.volumes('shop')).toEqual([
      { name: 'app', bytes: 10 },
      { name: 'db', bytes: 20 },
    ]);
    expect(asked).toEqual(['/volumes', '/system/df?type=volume&verbose=true']);
  });

  it('are unknown, and not 0, where the driver cannot tell', async () => {
    const some = [volume('shop_nfs', 'shop', -1), volume('shop_x', 'shop')];
    const { meter } = await withSizes(() => [200, { Volumes: some }], some);
    expect((await meter.volumes('shop')).map(({ bytes }) => bytes)).toEqual([null, null]);
  });

  it('are not walked over for an app that has none', async () => {
    const { meter, asked } = await withSizes(() => [500, {}], [volume('other_x', 'other', 5)]);
    expect(await meter.volumes('shop')).toEqual([]);
    expect(asked).toEqual(['/volumes']);
  });

  it('are asked for again while an old engine counts for somebody else', async () => {
    let tries = 0;
    const busy = { message: 'a disk usage operation is already running' };
    const { meter } = await withSizes(() => (++tries === 1 ? [500, busy] : [200, { Volumes: ALL }]));
    expect(await meter.volumes('shop')).toHaveLength(2);
  });

  it('are an error where the engine says something else', async () => {
    const refusing = await withSizes(() => [500, { message: 'input/output error' }]);
    await expect(refusing.meter.volumes('shop')).rejects.toThrow('input/output error');
    const silent = await withSizes(() => [200, { Images: [] }]);
    await expect(silent.meter.volumes('shop')).rejects.toThrow('it names no volumes');
  });
});

describe('the disk', () => {
  const LAYER = { ...container('c1', 'shop_app'), SizeRw: 30 };
  const DATA = {
    Name: 'shop_data',
    CreatedAt: '2026-11-23T12:00:00Z',
    Labels: { 'com.docker.stack.namespace': 'shop' },
    UsageData: { Size: 20, RefCount: 1 },
  };

  it('holds volumes and writable layers of the stack, of ended containers too', async () => {
    const { disk, asked } = await meterOn((path) =>
      path.startsWith('/containers/json')
        ? [200, [LAYER, container('c2', 'shop_db')]]
        : [200, { Volumes: [DATA] }],
    );
    expect(await disk.held('shop')).toEqual([
      { what: 'volume "data"', bytes: 20 },
      { what: 'writable layer of "app"', bytes: 30 },
      { what: 'writable layer of "db"', bytes: 0 },
    ]);
    expect(asked).toContain(
      '/containers/json?all=true&size=true&filters={"label":["com.docker.stack.namespace=shop"]}',
    );
  });

  it.each([
    {
      because: 'is where the engine says',
      answer: { DockerRootDir: '/var/lib/docker' },
      want: '/var/lib/docker',
    },
    { because: 'is nowhere where it does not say', answer: {}, want: null },
  ])('$because', async ({ answer, want }) => {
    const { disk } = await meterOn((path) => (path === '/info' ? [200, answer] : [404, {}]));
    expect(await disk.dataRoot()).toBe(want);
  });

  it('has free space where it is visible, and an error where it is not', async () => {
    const { disk } = await meterOn(() => [404, {}]);
    const { free, total } = await disk.space(dir);
    expect(free).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(free);
    await expect(disk.space(join(dir, 'not-there'))).rejects.toThrow('ENOENT');
  });
});
