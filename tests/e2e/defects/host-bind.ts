import { type Defect, replaceIn } from './defect.ts';

const VOLUME = '- "content:/content"';

export const hostBind: Defect = {
  name: 'host-bind',
  because: 'a folder of the host is not given to a stranger’s container',
  edit: (dir) => replaceIn(dir, 'compose.yml', [VOLUME, `${VOLUME}\n      - /etc:/host-etc:ro`]),
  want: {
    verdict: 'Failed',
    stage: 'prepare',
    reason: 'HostBind',
    message: /Service "app" mounts \/etc of the host/,
    evidence: /^compose\.yml:18$/,
  },
};
