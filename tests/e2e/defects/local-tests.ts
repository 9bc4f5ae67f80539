/** Recipes whose repository brings tests of its own: good ones, bad ones, and ones that try what no stranger may. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the tests that reach out are told to reach. */
export interface Machine {
  /** Path of the Docker socket that the controller uses. */
  readonly dockerSocket: string;
  readonly stateDir: string;
  /** Where Traefik, and whatever else the swarm publishes, answers. */
  readonly address: string;
  readonly zone: string;
  /** `host:port` of a service that answers everybody on this machine. */
  readonly service: string;
}

export interface LocalCase {
  readonly name: string;
  readonly because: string;
  readonly core?: true;
  readonly settings?: object;
  /** What is added to the recipe; a name that begins with `+` may be run. */
  readonly files: (machine: Machine) => Readonly<Record<string, string>>;
  readonly want: {
    readonly verdict: 'Passed' | 'Failed';
    readonly cause: null | { readonly reason: string; readonly message: RegExp };
    /** Of the recipe's own, in order: `tests/a.bats: name: passed`. */
    readonly tests: readonly string[];
    /** In the message of the last of them. */
    readonly said?: RegExp;
    readonly notSaid?: RegExp;
  };
}

export async function addFiles(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(dir, name.replace(/^\+/, ''));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (name.startsWith('+')) await chmod(file, 0o755);
  }
}

const sh = (...lines: readonly string[]): string => ['#!/bin/sh', ...lines, ''].join('\n');
const DAY_MS = 24 * 60 * 60_000;
const FLAKY = {
  '+tests/check.sh': sh('curl -fsS "$CCCI_APP_URL/" | grep tiny-web'),
  '+tests/flaky.sh': sh('echo it flaked', 'exit 1'),
};
/** Until so many days from now. */
const quarantined = (test: string, days: number): object => ({
  test,
  because: 'https://git.example.org/recipes/tiny-web/issues/1',
  until: new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10),
  flakes: ['tiny-web-1', 'tiny-web-2'],
});

const QUICK = { localTests: { timeout: '20s' } };

export const good: LocalCase = {
  name: 'local-good',
  core: true,
  because: 'tests of every kind run against the live app and are shown; what they leave running is gone',
  settings: { localTests: { secrets: ['admin_token'] } },
  files: () => ({
    '+tests/check.sh': sh(
      'set -eu',
      'curl -fsS "$CCCI_APP_URL/" | grep "tiny-web $CCCI_VERSION"',
      'test -s "$CCCI_SECRETS_DIR/admin_token"',
      'setsid -f sleep 98765',
      'env -i setsid -f sleep 98765',
    ),
    'tests/front.test.ts': [
      `import { expect, test } from 'vitest';`,
      `test('the front page says the version', async () => {`,
      `  const answer = await fetch(process.env['CCCI_APP_URL'] ?? '');`,
      `  expect((await answer.text()).trim()).toBe('tiny-web ' + process.env['CCCI_VERSION']);`,
      `});`,
      '',
    ].join('\n'),
    'tests/smoke.bats': '@test "healthz answers" {\n  curl -fsS "$CCCI_APP_URL$CCCI_HEALTH_PATH"\n}\n',
    'tests/test_front.py': [
      'import os, urllib.request',
      'def test_front_page():',
      '    with urllib.request.urlopen(os.environ["CCCI_APP_URL"]) as answer:',
      '        assert answer.status == 200',
      '',
    ].join('\n'),
  }),
  want: {
    verdict: 'Passed',
    cause: null,
    tests: [
      'tests/check.sh: check.sh: passed',
      'tests/front.test.ts: the front page says the version: passed',
      'tests/smoke.bats: healthz answers: passed',
      'tests/test_front.py: test_front_page: passed',
    ],
  },
};

export const failing: LocalCase = {
  name: 'local-failing',
  because: 'a failing test is the first cause, with its file, its name and its assertion',
  files: () => ({
    'tests/front.test.mjs': [
      `import { expect, test } from 'vitest';`,
      `test('the front page greets', async () => {`,
      `  expect((await (await fetch(process.env.CCCI_APP_URL)).text()).trim()).toBe('hello');`,
      `});`,
      '',
    ].join('\n'),
  }),
  want: {
    verdict: 'Failed',
    cause: {
      reason: 'TestFailed',
      message:
        /^tests\/front\.test\.mjs: "the front page greets" failed: .*expected 'tiny-web .* to be 'hello'/,
    },
    tests: ['tests/front.test.mjs: the front page greets: failed'],
  },
};

/** Each says `reached …` if it was; the last line comes only if none was. */
function probes({ dockerSocket, stateDir, address, zone, service }: Machine): string {
  const web = 'curl -sS -m 15 -o /dev/null';
  const tries: Readonly<Record<string, string>> = {
    'the usual Docker socket': `${web} --unix-socket /var/run/docker.sock http://x/info`,
    'the Docker socket': `${web} --unix-socket ${dockerSocket} http://x/info`,
    'the Docker socket’s file': `test -e ${dockerSocket}`,
    'Docker on TCP': `${web} http://127.0.0.1:2375/info`,
    'Docker on the swarm’s address': `${web} http://${address}:2375/info`,
    'the state': `ls ${stateDir}`,
    'the secrets': 'test -n "$(ls /run/secrets)"',
    'the environment of process 1': 'cat /proc/1/environ',
    'the proxy itself': `${web} -k https://${address}/`,
    'another app’s domain': `${web} -f -k --resolve other.${zone}:443:127.0.0.1 https://other.${zone}/`,
    'another app by a header': `${web} -f -k -H "Host: other.${zone}" "$CCCI_APP_URL/"`,
    'a service of the machine': `${web} http://${service}/`,
    'plain HTTP': `${web} "http://$CCCI_APP_DOMAIN/"`,
    'the file system': 'touch /x || touch /usr/x || touch /recipe/x || touch /etc/x || touch /ccci/x',
    root: 'setpriv --reuid 0 true || unshare -U -r true',
  };
  const lines = Object.entries(tries).map(
    ([what, command]) => `${command} >/dev/null 2>&1 && echo "reached ${what}"`,
  );
  return sh(
    'curl -fsS -o /dev/null "$CCCI_APP_URL/" || echo "the app is not reached"',
    ...lines,
    `echo "tried ${lines.length} ways"`,
    'cat /var/run/docker.sock',
  );
}

export const reachesOut: LocalCase = {
  name: 'local-reaches-out',
  core: true,
  because:
    'a test that reads the Docker socket, the state or another domain cannot, and the verdict has its words',
  files: (machine) => ({ '+tests/probe.sh': probes(machine) }),
  want: {
    verdict: 'Failed',
    cause: {
      reason: 'TestFailed',
      message: /^tests\/probe\.sh ended with exit code 1: cat: \/var\/run\/docker\.sock: No such file/,
    },
    tests: ['tests/probe.sh: probe.sh: failed'],
    said: /tried 15 ways/,
    notSaid: /^reached |is not reached/m,
  },
};

export const flakes: LocalCase = {
  name: 'local-quarantined',
  core: true,
  because: 'a quarantined test runs, fails and is shown, and the run is green and says so',
  settings: {
    quarantine: [
      quarantined('tests/flaky.sh: flaky.sh', 30),
      quarantined('tests/chek.sh: check.sh', 30),
      quarantined('tests/check.sh: check.sh', -1),
    ],
  },
  files: () => FLAKY,
  want: {
    verdict: 'Passed',
    cause: null,
    tests: ['tests/check.sh: check.sh: passed', 'tests/flaky.sh: flaky.sh: failed, quarantined'],
    said: /it flaked/,
  },
};

export const LOCAL_CASES: readonly LocalCase[] = [
  good,
  failing,
  reachesOut,
  flakes,
  {
    name: 'local-quarantine-ended',
    because: 'a quarantine that ended, or that goes on for too long, keeps nothing from being red',
    settings: {
      quarantine: [quarantined('tests/flaky.sh: flaky.sh', -1), quarantined('tests/check.sh: check.sh', 99)],
    },
    files: () => FLAKY,
    want: {
      verdict: 'Failed',
      cause: { reason: 'TestFailed', message: /^tests\/flaky\.sh ended with exit code 1: it flaked$/ },
      tests: ['tests/check.sh: check.sh: passed', 'tests/flaky.sh: flaky.sh: failed'],
    },
  },
  {
    name: 'local-never-ends',
    because: 'a file that does not end is ended, and the others have their turn',
    settings: { localTests: { timeout: '3s' } },
    files: () => ({
      '+tests/a.sh': sh('trap "" TERM', 'while :; do sleep 1; done'),
      '+tests/b.sh': sh('true'),
    }),
    want: {
      verdict: 'Failed',
      cause: { reason: 'TestsTimedOut', message: /^tests\/a\.sh did not end within 3 s\.$/ },
      tests: ['tests/a.sh: a.sh: failed', 'tests/b.sh: b.sh: passed'],
    },
  },
  {
    name: 'local-prints-1-gb',
    because: 'of what is printed the head and the tail are kept, and it is said that there was more',
    settings: { localTests: { timeout: '2m' } },
    files: () => ({
      '+tests/loud.sh': sh(
        'echo the first',
        'yes "a line of output" | head -c 1000000000',
        'echo the last',
        'exit 1',
      ),
    }),
    want: {
      verdict: 'Failed',
      cause: { reason: 'TestFailed', message: /^tests\/loud\.sh ended with exit code 1: .*the last$/ },
      tests: ['tests/loud.sh: loud.sh: failed'],
    },
  },
  {
    name: 'local-forks',
    because: 'one that forks without end comes to an end',
    settings: QUICK,
    files: () => ({ '+tests/forks.sh': sh('while :; do sleep 97531 & done') }),
    want: {
      verdict: 'Failed',
      cause: { reason: 'TestFailed', message: /^tests\/forks\.sh ended with exit code \d+: .*[Ff]ork/ },
      tests: ['tests/forks.sh: forks.sh: failed'],
    },
  },
  {
    name: 'local-eats-memory',
    because: 'one that takes all memory is ended, and nothing else is',
    settings: QUICK,
    files: () => ({
      'tests/test_memory.py':
        'def test_memory():\n    eaten = []\n    while True:\n        eaten.append(bytearray(50_000_000))\n',
    }),
    want: {
      verdict: 'Failed',
      cause: { reason: 'TestsOutOfMemory', message: /took more than 1024 MiB/ },
      tests: ['tests/test_memory.py: test_memory.py: failed'],
    },
  },
];
