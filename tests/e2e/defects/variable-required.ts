import { compose, type Defect } from './defect.ts';

export const variableRequired: Defect = {
  name: 'variable-required',
  because: 'a variable that compose.yml demands and nobody sets is named with its line',
  edit: compose('- DOMAIN\n', '- DOMAIN\n      - MODE=${NEEDED:?say which mode}\n'),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'MissingVariable',
    message: /requires the variable NEEDED, which nobody sets: say which mode/,
    evidence: /^compose\.yml:13$/,
  },
};
