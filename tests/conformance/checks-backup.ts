import { expectDone, expectRefused, expectSame, expectThat, type Check } from './check.ts';
import type { World } from './world.ts';

const MARKER = 'written before the backup';

async function sh({ abra, domain }: World, script: string): Promise<string> {
  const result = await abra.run({ domain, service: 'app', command: ['sh', '-c', script] });
  expectDone(result);
  return result.ok ? result.value.trim() : '';
}

/** Real abra needs backup-bot-two on the swarm for these. */
export const BACKUP: readonly Check[] = [
  {
    section: '7', says: 'a backup whose hook fails does not succeed',
    look: async ({ abra, domain }) => expectRefused(await abra.backupCreate(domain), /hook|marker/i), // there is no marker yet
  },
  {
    section: '7.7', says: 'backup create names its snapshot',
    look: async (world) => {
      await sh(world, `echo '${MARKER}' > /data/marker; chmod 640 /data/marker; chown 33:34 /data/marker; echo cached > /cache/file`);
      const backup = await world.abra.backupCreate(world.domain);
      expectDone(backup);
      if (backup.ok) expectThat(/^[0-9a-f]{8,64}$/.test(backup.value.snapshot ?? ''), backup.run.stdout);
    },
  },
  {
    section: '7.4', says: 'restore brings back the data with owner and mode, runs the hooks, and leaves excluded volumes alone',
    look: async (world) => {
      await sh(world, 'rm /data/marker /data/dump; echo changed > /cache/file; echo later > /data/later');
      expectDone(await world.abra.restore({ domain: world.domain }));
      expectSame(await sh(world, 'cat /data/marker /data/replayed /cache/file; stat -c %u:%g:%a /data/marker'), `${MARKER}\n${MARKER}\nchanged\n33:34:640`, 'data');
    },
  },
]; // oxfmt-ignore
