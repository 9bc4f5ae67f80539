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
    service: 'app',
    message: /no answer behind it \(HTTP 502\)\. The label \S+server\.port=8080 of service "app"/,
    evidence: /HTTP 502 "Bad Gateway"/,
  },
};
