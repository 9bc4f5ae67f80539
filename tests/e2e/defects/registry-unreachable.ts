import { type Defect, IMAGE, replaceIn } from './defect.ts';

export const registryUnreachable: Defect = {
  name: 'registry-unreachable',
  because: 'a registry that does not answer is nobody’s recipe’s fault',
  edit: (dir, { registry }) =>
    replaceIn(dir, 'compose.yml', [IMAGE, `image: ${registry.split(':')[0]}:1/ccci/none:1`]),
  want: {
    verdict: 'Errored',
    stage: 'prepare',
    reason: 'RegistryUnreachable',
    message: /:1\/ccci\/none:1/,
    evidence: /connection refused/,
  },
};
