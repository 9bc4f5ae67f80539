import { compose, type Defect, SERVES } from './defect.ts';

export const exits: Defect = {
  name: 'exits',
  because: 'an app that ends at once is a crash loop, and its exit code is said',
  edit: compose(SERVES, 'echo "no database"; exit 1'),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'TaskExited',
    service: 'app',
    message: /"app" exited with code 1, \d times.*It said last: "no database"\.$/,
    evidence: /non-zero exit \(1\)/,
  },
};
