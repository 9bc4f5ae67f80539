import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Defect, replaceIn } from './defect.ts';

const file = (path: string) => ['file: default.conf', `file: ${path}`] as const;

export const configByDots: Defect = {
  name: 'config-by-dots',
  because: 'a config whose path climbs out of the recipe is not read',
  base: 'custom-html',
  edit: (dir, { hostFile }) => replaceIn(dir, 'compose.yml', file(`../../../../../../../../..${hostFile}`)),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'PathOutside',
    message: /outside the recipe’s own folder/,
    evidence: /^compose\.yml:\d+$/,
  },
};

export const configByLink: Defect = {
  name: 'config-by-link',
  because: 'a config that is a link out of the recipe is not read',
  base: 'custom-html',
  edit: async (dir, { hostFile }) => {
    await symlink(hostFile, join(dir, 'linked.conf'));
    await replaceIn(dir, 'compose.yml', file('linked.conf'));
  },
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'PathOutside',
    message: /linked\.conf/,
    evidence: /^compose\.yml:\d+$/,
  },
};

export const configByLinkedFolder: Defect = {
  name: 'config-by-linked-folder',
  because: 'a config in a linked folder outside the recipe is not read',
  base: 'custom-html',
  edit: async (dir, { hostFile }) => {
    await symlink(join(hostFile, '..'), join(dir, 'conf.d'));
    await replaceIn(dir, 'compose.yml', file(`conf.d/${hostFile.split('/').at(-1)}`));
  },
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'PathOutside',
    message: /conf\.d/,
    evidence: /^compose\.yml:\d+$/,
  },
};
