import { compose, type Defect } from './defect.ts';

export const yamlInvalid: Defect = {
  name: 'yaml-invalid',
  because: 'a compose file that is not YAML is said with the line',
  edit: compose('    init: true\n', '   init: true\n'),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'ComposeInvalid',
    message: /compose\.yml cannot be read/,
    evidence: /^compose\.yml:\d+$/,
  },
};
