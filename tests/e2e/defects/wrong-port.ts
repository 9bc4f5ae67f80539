import { compose, type Defect, IMPATIENT } from './defect.ts';

export const wrongPort: Defect = {
  name: 'wrong-port',
  because: 'a healthy app behind the wrong port is a bad gateway',
  settings: IMPATIENT,
  edit: compose('loadbalancer.server.port=80"', 'loadbalancer.server.port=8080"'),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'RouteBadGateway',
    message: /no answer behind it \(HTTP 502\)/,
    evidence: /HTTP 502 "Bad Gateway"/,
  },
};
