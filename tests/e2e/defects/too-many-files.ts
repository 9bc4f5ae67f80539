import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GIT_BOUNDS } from '../../../controller/git/bounds.ts';
import type { Defect } from './defect.ts';

export const tooManyFiles: Defect = {
  name: 'too-many-files',
  because: 'a commit with more files than a recipe can have is counted, and never checked out',
  edit: async (dir) => {
    await mkdir(join(dir, 'many'));
    for (let index = 0; index <= GIT_BOUNDS.entries; index += 1)
      await writeFile(join(dir, 'many', String(index)), '');
  },
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'RepositoryTooLarge',
    message: /more than 20000 files and folders/,
    evidence: /too-many-files.* at "main"/,
  },
};
