import { type Defect, IMAGE, replaceIn } from './defect.ts';

export const imageMissing: Defect = {
  name: 'image-missing',
  because: 'an image that its registry does not know is the recipe’s fault',
  edit: (dir, { registry }) => replaceIn(dir, 'compose.yml', [IMAGE, `image: ${registry}/ccci/none:1`]),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'ImageMissing',
    message: /ccci\/none:1/,
    evidence: /manifest unknown/,
  },
};
