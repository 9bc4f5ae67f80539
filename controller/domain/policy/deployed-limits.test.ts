import { describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { deployLimits, limitedTree, limitText } from './deployed-limits.ts';

const TEXTS = { memory: '1g/2g', cpus: '1/4', pids: '100/200', tmpfs: '16m/64m', log: '1m/5m' };
const LIMITS = deployLimits(TEXTS, 2);
const of = (service: object) => {
  const { tree, put } = limitedTree({ services: { app: { image: 'a', ...service } } }, LIMITS);
  return {
    service: (tree['services'] as Record<string, unknown>)['app'],
    put: put.map(limitText),
    rows: put,
  };
};
const limitsOf = (own: object) => ({ deploy: { resources: { limits: own } } });

describe('limits', () => {
  it('are put in where the recipe says nothing, and said', () => {
    const { rows, ...found } = of({});
    expect(rows[0]).toEqual({ service: 'app', what: 'memory', value: '1 GiB', lowered: false });
    expect(found).toEqual({
      service: {
        image: 'a',
        ...limitsOf({ memory: '1073741824', cpus: '1', pids: 100 }),
        logging: { driver: 'json-file', options: { 'max-size': '1048576', 'max-file': '3' } },
      },
      put: ['app: memory 1 GiB', 'app: processors 1', 'app: processes 100', 'app: log, 3 files of 1 MiB'],
    });
  });
  it.each([
    { because: 'what it says counts', own: limitsOf({ memory: '1500M', cpus: '1.5', pids: 150 }), want: limitsOf({ memory: '1572864000', cpus: '1.5', pids: 150 }), put: [] },
    { because: 'up to the most, and no more processors than there are', own: limitsOf({ memory: '64g', cpus: '32', pids: 1e6 }), want: limitsOf({ memory: '2147483648', cpus: '2', pids: 200 }), put: ['app: memory 2 GiB instead of 64 GiB', 'app: processors 2 instead of 32', 'app: processes 200 instead of 1000000'] },
    { because: '0 is no way around it', own: limitsOf({ memory: '0', cpus: '0', pids: 0 }), want: limitsOf({ memory: '1073741824', cpus: '1', pids: 100 }), put: ['app: memory 1 GiB', 'app: processors 1', 'app: processes 100'] },
    { because: 'nor is a number below it', own: limitsOf({ pids: -1, memory: 'x' }), want: limitsOf({ memory: '1073741824', pids: 100 }), put: ['app: memory 1 GiB'] },
    { because: 'a tmpfs has a size', own: { volumes: [{ type: 'tmpfs', target: '/t' }, { type: 'volume', source: 'd', target: '/d' }] }, want: { volumes: [{ type: 'tmpfs', target: '/t', tmpfs: { size: 16_777_216 } }, { type: 'volume', source: 'd', target: '/d' }] }, put: ['app: tmpfs /t 16 MiB'] },
    { because: 'a large tmpfs is smaller', own: { volumes: [{ type: 'tmpfs', target: '/t', tmpfs: { size: '9g', mode: 448 } }] }, want: { volumes: [{ tmpfs: { size: 67_108_864, mode: 448 } }] }, put: ['app: tmpfs /t 64 MiB instead of 9 GiB'] },
    { because: 'a log has an end, whatever its driver', own: { logging: { driver: 'local', options: { 'max-size': '1t', 'max-file': '1000', compress: 'true' } } }, want: { logging: { driver: 'local', options: { 'max-size': '5242880', 'max-file': '3', compress: 'true' } } }, put: ['app: log, 3 files of 5 MiB instead of 1 TiB'] },
    { because: 'other resources stay', own: { deploy: { replicas: 2, resources: { reservations: { memory: '1M' } } } }, want: { deploy: { replicas: 2, resources: { reservations: { memory: '1M' } } } }, put: [] },
  ])('$because', ({ own, want, put }) => {
    const found = of(own);
    expect(found.service).toMatchObject(want);
    expect(found.put).toEqual(expect.arrayContaining(put));
    for (const row of found.rows) expect(row.lowered).toBe(limitText(row).includes(' instead of '));
  }); // oxfmt-ignore

  it('of the configuration can be used on any machine', () => {
    expect(deployLimits(readConfig({}).limits, 1)).toMatchObject({ nanoCpus: { usual: 1e9, most: 1e9 } });
  });
  it.each(['2g', '2g/1g', '/', '0/5', 'x/y'])('%s is refused', (memory) => {
    expect(() => deployLimits({ ...TEXTS, memory }, 2)).toThrow(`"${memory}" is not <usual>/<most>`);
  });
});
