import { compose, type Defect } from './defect.ts';

export const privileged: Defect = {
  name: 'privileged',
  because: 'a privileged service is refused before anything is deployed',
  edit: compose('    init: true\n', '    init: true\n    privileged: true\n'),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'Privileged',
    message: /Service "app" is privileged/,
    evidence: /^compose\.yml:8$/,
  },
};
