import { describe, expect, it } from 'vitest';
import { diskBounds, diskFailure } from './disk-limit.ts';

const GIB = 2 ** 30;
const BOUNDS = diskBounds({ most: '20g', floor: '10%/5g' });
const volume = (gib: number | null, name = 'data') => ({
  what: `volume "${name}"`,
  bytes: gib === null ? null : gib * GIB,
});
const layer = (gib: number) => ({ what: 'writable layer of "app"', bytes: gib * GIB });
const space = (free: number, total: number, path = '/docker') => ({
  path,
  free: free * GIB,
  total: total * GIB,
});

describe('the disk of a run', () => {
  it.each([
    { because: 'a run that holds little may go on', spaces: [space(50, 100)], items: [volume(3)], want: null },
    { because: 'what is exactly the most is not over it', spaces: [], items: [volume(20)], want: null },
    { because: 'one volume over the most is the recipe’s', spaces: [space(50, 100)], items: [volume(21)], want: { fault: 'recipe', says: ['holds 21 GiB', 'may hold 20 GiB (CCCI_LIMIT_DISK)', 'volume "data": 21 GiB'] } },
    { because: 'a writable layer counts like a volume', spaces: [], items: [volume(1), layer(22)], want: { fault: 'recipe', says: ['holds 23 GiB', 'writable layer of "app": 22 GiB'] } },
    { because: 'volumes and layers count together', spaces: [], items: [volume(11), volume(1, 'db'), layer(9)], want: { fault: 'recipe', says: ['holds 21 GiB', 'volume "data": 11 GiB'] } },
    { because: 'who is over the most is to blame for a full disk as well', spaces: [space(1, 100)], items: [volume(21)], want: { fault: 'recipe', says: ['CCCI_LIMIT_DISK'] } },
    { because: 'a disk that is full without the run is not the recipe’s', spaces: [space(4, 100)], items: [volume(3)], want: { fault: 'infra', says: ['Only 4 GiB of 100 GiB are free at /docker', '5 GiB are kept free (CCCI_DISK_FLOOR)', 'the run itself holds 3 GiB'] } },
    { because: 'so is one where Docker did not say what the run holds', spaces: [space(4, 100)], items: [], want: { fault: 'infra', says: ['nothing is known of what the run holds'] } },
    { because: 'of a small disk less has to stay free', spaces: [space(1.5, 10)], items: [], want: null },
    { because: 'of a small disk a tenth has to', spaces: [space(0.5, 10)], items: [], want: { fault: 'infra', says: ['1 GiB are kept free'] } },
    { because: 'the second file system counts as the first', spaces: [space(50, 100), space(1, 100, '/state')], items: [], want: { fault: 'infra', says: ['at /state'] } },
    { because: 'a volume of unknown size is nothing, and is listed', spaces: [], items: [volume(null, 'nfs'), volume(21)], want: { fault: 'recipe', says: ['holds 21 GiB', 'volume "nfs": unknown'] } },
    { because: 'no look, no limit', spaces: [], items: [], want: null },
  ])('$because', ({ spaces, items, want }) => {
    const found = diskFailure(BOUNDS, { spaces, items });
    expect(found?.fault).toBe(want?.fault);
    if (want === null) return;
    const text = JSON.stringify(found?.cause);
    for (const words of want.says) expect(text).toContain(JSON.stringify(words).slice(1, -1));
    expect(found?.cause).toMatchObject({ reason: 'DiskLimit', nextStep: expect.stringMatching(/CCCI_(?:LIMIT_DISK|DISK_FLOOR)/) });
  }); // oxfmt-ignore

  it.each([
    { most: '20g', floor: '5g' },
    { most: '0g', floor: '10%/5g' },
    { most: 'much', floor: '10%/5g' },
  ])('are no bounds: $most, $floor', (texts) => {
    expect(() => diskBounds(texts)).toThrow(RangeError);
  });
});
