import { type Defect, IMPATIENT, replaceIn, SERVES } from './defect.ts';

const TOKEN = '$$(cat /run/secrets/admin_token)';

/** The value stands in the log, in the health check's output and so in the cause. */
export const tellsSecret: Defect = {
  name: 'tells-secret',
  because: 'an app that prints its secret does not bring it into what is kept',
  settings: IMPATIENT,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', [
      SERVES,
      [
        `echo "token is ${TOKEN}"`,
        `echo "{\\"basic\\": \\"$$(printf %s "admin:${TOKEN}" | base64 -w0)\\"}"`,
        SERVES,
      ].join('\n        '),
    ]);
    await replaceIn(dir, 'compose.yml', [
      '["CMD", "wget", "-q", "-O-", "http://localhost/healthz"]',
      `["CMD-SHELL", "echo wrong token ${TOKEN}; exit 1"]`,
    ]);
  },
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'HealthcheckFailing',
    service: 'app',
    message: /health check/,
    evidence: /^wrong token \[redacted\]/,
  },
};
