import type { Defect } from './defect.ts';

export const commitMissing: Defect = {
  name: 'commit-missing',
  because: 'a commit that the repository does not have is whoever’s who asked for it',
  ref: '0123456789abcdef0123456789abcdef01234567',
  edit: async () => undefined,
  want: {
    verdict: 'Errored',
    stage: 'prepare',
    reason: 'RecipeNotFetched',
    message: /"0123456789abcdef0123456789abcdef01234567" could not be fetched/,
    evidence: /not our ref/,
  },
};
