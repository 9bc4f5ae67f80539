import { compose, type Defect, SERVES } from './defect.ts';

/** Answers every check, and ends as soon as a browser looks at it. */
const PAGE = `mkdir -p /content/cgi-bin
        printf '%s\\n' '#!/bin/sh' 'echo "content-type: text/plain"' 'echo' 'echo ok' 'case "$$HTTP_USER_AGENT" in *Chrome*) killall httpd ;; esac' > /content/cgi-bin/page
        chmod +x /content/cgi-bin/page
        httpd -f -p 80 -h /content; exit 5`;

export const flaps: Defect = {
  name: 'flaps',
  because: 'an app that was healthy, answered, and then ended while it was tested does not pass',
  settings: { health: { path: '/cgi-bin/page', status: 200, timeout: '60s' } },
  edit: compose(SERVES, PAGE),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'TaskExited',
    service: 'app',
    message: /exited with code 5, after it had run as asked/,
    evidence: /non-zero exit \(5\)/,
  },
};
