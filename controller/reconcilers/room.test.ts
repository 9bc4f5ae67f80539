import { expect, it } from 'vitest';
import { diskBounds } from '../domain/run/disk-limit.ts';
import { makeRoom } from './room.ts';

const GIB = 2 ** 30;
const bounds = diskBounds({ most: '20g', floor: '10%/5g' });

/** Free GiB of 100 by path; one that is missing cannot be looked at. */
function roomOf(
  free: Readonly<Record<string, number | undefined>>,
  root: string | null | Error = '/var/lib/docker',
) {
  const warned: string[] = [];
  const disk = {
    dataRoot: async () => {
      if (root instanceof Error) throw root;
      return root;
    },
    space: async (path: string) => {
      const gib = free[path];
      if (gib === undefined) throw new Error('ENOENT');
      return { free: gib * GIB, total: 100 * GIB };
    },
  };
  const log = { warn: (_fields: object, message: string) => void warned.push(message) };
  return { room: makeRoom({ disk, bounds, stateDir: '/state', log }), warned };
}

it.each([
  { because: 'there is enough', free: { '/state': 6, '/var/lib/docker': 6 }, says: /^$/ },
  { because: 'our own disk is full', free: { '/state': 4, '/var/lib/docker': 6 }, says: /^4 GiB .*\/state/ },
  {
    because: 'Docker’s is',
    free: { '/state': 6, '/var/lib/docker': 1 },
    says: /^1 GiB .*\/var\/lib\/docker/,
  },
  { because: 'one cannot be looked at', free: { '/state': 6 }, says: /^$/ },
  { because: 'one cannot, and the other is full', free: { '/var/lib/docker': 1 }, says: /docker/ },
])('there is room or not where $because', async ({ free, says }) => {
  expect(await roomOf(free).room()).toMatch(says);
});

it('says once that it does not know, and keeps nothing back', async () => {
  const { room, warned } = roomOf({ '/state': 6 }, new Error('no engine'));
  expect([await room(), await room()]).toEqual(['', '']);
  expect(warned).toEqual(['where Docker keeps its data is not known']);
});
