import { type Defect, replaceIn } from './defect.ts';

export const configMissing: Defect = {
  name: 'config-missing',
  because: 'a config whose file the recipe lacks is named with its line',
  base: 'custom-html',
  edit: (dir) => replaceIn(dir, 'compose.yml', ['file: default.conf', 'file: nginx.conf']),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'FileMissing',
    message: /nginx\.conf/,
    evidence: /^compose\.yml:\d+$/,
  },
};
