import type { Defect } from './defect.ts';

export const refMissing: Defect = {
  name: 'ref-missing',
  because: 'a ref that the repository does not have is whoever’s who asked for it',
  ref: 'nowhere',
  edit: async () => undefined,
  want: {
    verdict: 'Errored',
    stage: 'prepare',
    reason: 'RefNotFound',
    message: /"nowhere" is no branch, tag or full commit/,
    evidence: /main/,
  },
};
