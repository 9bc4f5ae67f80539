/** What is tried to break cc-ci, and by which tests: the table that tests/adversary/probes.test.ts holds against the tests themselves. */

export interface Probe {
  readonly probe: string;
  /** Files below `tests/` or `controller/`, each with a test of that title in it. */
  readonly shown: readonly (readonly [file: string, title: string])[];
}

export const PROBES: readonly Probe[] = [
  {
    probe: '`!testmexyz` and its relatives',
    shown: [
      ['tests/adversary/comments.test.ts', 'starts nothing, and is answered by nothing'],
      ['tests/e2e/trigger.test.ts', 'starts nothing for what only looks like a command'],
    ],
  },
  {
    probe: 'somebody who is no member',
    shown: [
      ['tests/adversary/comments.test.ts', 'who is no member is refused'],
      ['tests/e2e/trigger.test.ts', 'refuses an outsider, and answers once'],
    ],
  },
  {
    probe: 'a pull request that fails has to be red',
    shown: [
      ['tests/e2e/trigger.test.ts', 'tells a red pull request where it fails, while another one is green'],
      ['tests/simulation/life.test.ts', 'a crash loop fails, with its cause'],
    ],
  },
  {
    probe: 'the app is killed in the middle of a run',
    shown: [
      ['tests/simulation/kill.test.ts', 'an app that somebody takes away in the middle of its run'],
      ['tests/e2e/resilience.test.ts', 'an app whose services are killed'],
    ],
  },
  {
    probe: 'secrets in logs, files, pages and comments',
    shown: [
      ['tests/adversary/secret-grep.test.ts', 'stand in no answer, no log and no file'],
      [
        'tests/e2e/trigger.test.ts',
        'no secret stands in a log, a file of the state directory, a comment or a page',
      ],
      ['tests/e2e/leaks.test.ts', 'leaves it nowhere, in no form and over no two lines'],
    ],
  },
  {
    probe: 'two `!testme` at the same time',
    shown: [
      ['tests/adversary/comments.test.ts', 'two who ask at the same time are two runs'],
      [
        'tests/e2e/trigger.test.ts',
        'one comment is one run although it is polled, and told of by Gitea and twice more',
      ],
      [
        'tests/e2e/together.test.ts',
        'share nothing: names, secrets and checkouts are their own, and both are green',
      ],
    ],
  },
  {
    probe: 'the same secrets in every stage',
    shown: [
      ['tests/e2e/matrix.test.ts', 'has the secret that was generated at its install in every stage'],
      ['tests/e2e/recipes.test.ts', 'with the secrets of its install'],
    ],
  },
  {
    probe: '300 comments',
    shown: [
      ['tests/adversary/comments.test.ts', '300 comments of strangers keep nobody from being heard'],
      ['controller/reconcilers/bridge/bridge-faults.test.ts', '300 comments at once'],
      ['controller/reconcilers/report/report.test.ts', 'is found among 300 at place $place'],
    ],
  },
  {
    probe: 'a webhook that is forged, replayed, too large or nonsense',
    shown: [
      [
        'controller/http/hook.test.ts',
        'is not written again where it is replayed after the bridge has looked',
      ],
      ['tests/adversary/hook.test.ts', 'that are forged do not keep a true one waiting for ever'],
      ['tests/gitea/doors.test.ts', 'with another secret says that the signature is wrong'],
    ],
  },
  {
    probe: 'the controller is killed at any moment between comment and report',
    shown: [
      ['tests/simulation/forge-kill.test.ts', 'is the same where the controller is killed after'],
      ['tests/e2e/trigger.test.ts', 'a kill between its verdict and its report, lose and double nothing'],
    ],
  },
];
