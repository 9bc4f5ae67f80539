import { compose, type Defect, IMAGE } from './defect.ts';

export const variableInImage: Defect = {
  name: 'variable-in-image',
  because: 'an image whose version is a variable without a value is not pulled as another image',
  edit: compose(IMAGE, 'image: ccci/busybox:${NEEDED}'),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'MissingVariable',
    message: /services\.app\.image uses the variable NEEDED/,
    evidence: /^compose\.yml:6$/,
  },
};
