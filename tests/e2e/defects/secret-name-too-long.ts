import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Defect } from './defect.ts';

const LONG = 'administration_token_of_the_first_user';

export const secretNameTooLong: Defect = {
  name: 'secret-name-too-long',
  because: 'a secret’s name beyond swarm’s 64 characters is refused with the number to shorten it by',
  edit: async (dir) => {
    for (const [file, from, to] of [
      ['compose.yml', /admin_token/g, LONG],
      ['compose.yml', /ADMIN_TOKEN/g, LONG.toUpperCase()],
      ['.env.sample', /ADMIN_TOKEN/g, LONG.toUpperCase()],
    ] as const) {
      const text = await readFile(join(dir, file), 'utf8');
      await writeFile(join(dir, file), text.replaceAll(from, to));
    }
  },
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'NameTooLong',
    message: /\d\d characters, and swarm allows 64/,
    evidence: /^compose\.yml:\d+$/,
  },
};
