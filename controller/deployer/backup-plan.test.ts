import { describe, expect, it } from 'vitest';
import { planBackup } from './backup-plan.ts';
import type { ServiceSeen } from './swarm.ts';

const service = (
  name: string,
  labels: Record<string, string>,
  volumes: Record<string, string> = {},
): ServiceSeen =>
  ({
    name: `x_${name}`,
    labels,
    volumes: Object.entries(volumes).map(([source, target]) => ({ source: `x_${source}`, target })),
  }) as unknown as ServiceSeen;

const paths = (services: ServiceSeen[]) =>
  planBackup(services, 'x')?.items.map(
    (item) => `${item.service}:${item.path}${item.wholeVolume ? '/.' : ''}`,
  );

describe('planBackup', () => {
  const on = { 'backupbot.backup': 'true' };
  it.each([
    {
      because: 'all volumes of an enabled service',
      given: [service('app', on, { data: '/data', cache: '/cache' })],
      want: ['x_app:/data/.', 'x_app:/cache/.'],
    },
    {
      because: 'not the volumes of the others',
      given: [service('app', on, { data: '/data' }), service('db', {}, { db: '/db' })],
      want: ['x_app:/data/.'],
    },
    {
      because: 'not an excluded one',
      given: [
        service(
          'app',
          { ...on, 'backupbot.backup.volumes.cache': 'false' },
          { data: '/data', cache: '/cache' },
        ),
      ],
      want: ['x_app:/data/.'],
    },
    {
      because: 'parts of a volume',
      given: [
        service(
          'db',
          { ...on, 'backupbot.backup.volumes.db.path': 'backup.sql, conf' },
          { db: '/var/lib/db' },
        ),
      ],
      want: ['x_db:/var/lib/db/backup.sql', 'x_db:/var/lib/db/conf'],
    },
    {
      because: 'several services, a shared volume once',
      given: [service('app', on, { data: '/data' }), service('worker', on, { data: '/srv/data' })],
      want: ['x_app:/data/.'],
    },
    {
      because: 'the older path label',
      given: [service('app', { ...on, 'backupbot.backup.path': '/data' }, { other: '/other' })],
      want: ['x_app:/data'],
    },
    { because: 'nothing without the label', given: [service('app', {}, { data: '/data' })], want: undefined },
    {
      because: 'nothing when it says false',
      given: [service('app', { 'backupbot.backup': 'false' }, { data: '/data' })],
      want: undefined,
    },
  ])('$because', ({ given, want }) => expect(paths(given)).toEqual(want));

  it('takes the hooks of every service, enabled or not', () => {
    const plan = planBackup(
      [
        service('app', on, { d: '/d' }),
        service('db', { 'backupbot.backup.pre-hook': '/dump.sh', 'backupbot.restore.post-hook': '/load.sh' }),
      ],
      'x',
    );
    expect(plan).toMatchObject({
      backupPre: [{ service: 'x_db', command: '/dump.sh' }],
      restorePost: [{ service: 'x_db', command: '/load.sh' }],
      backupPost: [],
      restorePre: [],
    });
  });
  it('refuses a path that climbs out of its volume', () => {
    expect(() =>
      paths([service('app', { ...on, 'backupbot.backup.volumes.d.path': '../../etc' }, { d: '/d' })]),
    ).toThrow(/leads out of \/d/);
  });
});
