import { makeProgram } from './cli.ts';
import { verbsOf } from './terminal/verb.ts';
import type { World } from './terminal/world.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT, EXIT_TEXT } from './terminal/exit.ts';
import { fieldsOf, schemaAt, schemaOf, type Explained, type Schema } from './verbs/explain.ts';
import { FIELD_NOTES } from './verbs/field-notes.ts';
import { finishedBody, Fixture } from './testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

describe('help', () => {
  it('says every verb and every exit code', async () => {
    const { code, out } = await fixture.call('--help');
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot('golden/help.txt');
    for (const [exit, text] of EXIT_TEXT)
      expect(out).toMatch(new RegExp(`^ +${exit} +${text.slice(0, 8)}`, 'm'));
    expect(new Set(EXIT_TEXT.map(([exit]) => exit))).toEqual(new Set(Object.values(EXIT)));
  });

  it.each([
    'get',
    'notes',
    'logs',
    'diff',
    'replay',
    'wait',
    'run',
    'bisect',
    'enroll',
    'apply',
    'delete',
    'doctor',
  ])('says how to use %s', async (verb) => {
    const { code, out } = await fixture.call('help', verb);
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot(`golden/help-${verb}.txt`);
  });

  it.each([
    { because: 'an unknown verb suggests the nearest', words: ['gett', 'runs'], err: 'Did you mean get?' },
    {
      because: 'an unknown option suggests the nearest',
      words: ['get', 'runs', '--watc'],
      err: 'Did you mean --watch?',
    },
    { because: 'no verb shows the verbs', words: [], err: 'Commands:' },
    { because: 'too many arguments', words: ['version', 'x'], err: "too many arguments for 'version'" },
    {
      because: 'a colour choice is one of three',
      words: ['--color', 'maybe', 'version'],
      err: 'Allowed choices are auto, always, never',
    },
  ])('$because, exit 2', async ({ words, err }) => {
    const answer = await fixture.call(...words);
    expect({ code: answer.code, out: answer.out }).toEqual({ code: EXIT.usage, out: '' });
    expect(answer.err).toContain(err);
  });

  it('a variable that cannot be used is named', async () => {
    fixture.env = { CCCI_ZONE: 'not a zone' };
    const { code, err } = await fixture.call('get', 'runs');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('CCCI_ZONE: must be a DNS zone');
  });

  it('a flag wins over the environment', async () => {
    await fixture.run('x', finishedBody('Passed'));
    expect((await fixture.call('get', 'runs', '--state-dir', `${fixture.root}/other`)).err).toBe(
      'No runs found.\n',
    );
  });
});

describe('explain', () => {
  it('says type, default and description of a field', async () => {
    const { out } = await fixture.call('explain', 'run.spec.timeout');
    expect(out).toContain('FIELD:         run.spec.timeout\n');
    expect(out).toContain('TYPE:          string\n');
    expect(out).toContain('DEFAULT:       "45m"\n');
    expect(out).toContain('DESCRIPTION:   How long the whole run may take');
  });

  it('lists the fields of an object, and marks what must be there', async () => {
    const { out } = await fixture.call('explain', 'run.spec');
    expect(out).toMatch(/^ {2}recipe +<string> required +Recipe under test/m);
    expect(out).toMatch(/^ {2}stages +<\[\]string> +Stages to do/m);
    expect(out).toMatch(/^ {2}cancel +<boolean \| object> +Set it to true/m);
    expect((await fixture.call('explain', 'run.spec.cancel')).out).toMatch(/^ {2}by +<string> required/m);
  });

  it('says which values there are', async () => {
    expect((await fixture.call('explain', 'recipe.spec.category')).out).toContain('one of simple, single-db');
    expect((await fixture.call('explain', 'run.spec.stages')).out).toContain('each one of lint, install');
    expect((await fixture.call('explain', 'recipe.spec.health.status')).out).toContain(
      'at least 200; at most 499',
    );
  });

  it('knows the status as well', async () => {
    expect((await fixture.call('explain', 'run.status.verdict')).out).toContain('one of Passed, Failed');
  });

  it('says what a first cause means, and what to do', async () => {
    const { out } = await fixture.call('explain', 'SwarmRollback');
    expect(out).toMatch(/^REASON: +SwarmRollback\n/);
    expect(out).toMatch(/^MEANS: +Swarm put the old version back/m);
    expect(out).toMatch(/^DO: +Read the log/m);
  });

  it.each([
    {
      because: 'a mistyped first cause suggests the nearest',
      what: 'SwarmRolback',
      code: EXIT.notFound,
      err: 'Did you mean SwarmRollback?',
    },
    {
      because: 'a mistyped field suggests the nearest',
      what: 'run.spec.timout',
      code: EXIT.notFound,
      err: 'Did you mean run.spec.timeout?',
    },
    {
      because: 'a leaf has no fields',
      what: 'run.spec.timeout.x',
      code: EXIT.notFound,
      err: 'has no fields',
    },
    {
      because: 'only documents are explained',
      what: 'orphans',
      code: EXIT.usage,
      err: 'Explain run or recipe',
    },
    {
      because: 'an unknown kind suggests the nearest',
      what: 'runn',
      code: EXIT.usage,
      err: 'Did you mean "run',
    },
  ])('$because', async ({ what, code, err }) => {
    const answer = await fixture.call('explain', what);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
  });

  /** Every field that people write, without what is below `status` and below maps. */
  function pathsOf(path: string, schema: Schema): string[] {
    const below = Object.entries(fieldsOf(schema)).filter(([name]) => `${path}.${name}` !== 'run.status');
    return [path, ...below.flatMap(([name, field]) => pathsOf(`${path}.${name}`, field))];
  }

  it.each(['run', 'recipe'] as const)(
    'has a description for every field of a %s, and none that is stale',
    (kind: Explained) => {
      const paths = pathsOf(kind, schemaOf(kind));
      const silent = paths.filter(
        (path) => (schemaAt(kind, path.split('.').slice(1)).description ?? FIELD_NOTES[path] ?? '') === '',
      );
      expect(silent).toEqual([]);
      const notes = Object.keys(FIELD_NOTES).filter(
        (path) => path.split('.')[0] === kind && path !== 'run.status',
      );
      expect(notes.filter((path) => !paths.includes(path))).toEqual([]);
    },
  );
});

describe('the verbs', () => {
  const verbs = verbsOf(makeProgram({ out: {}, err: {} } as World, () => undefined));

  it('that take a target say on which kinds they work, so that it is completed and listed', () => {
    const silent = verbs.filter(
      (verb) => verb.registeredArguments.some((each) => each.name() === 'target') && verb.kinds.length === 0,
    );
    expect(silent.map((verb) => verb.name())).toEqual([]);
  });

  it('on runs are those that exist, diff and bisect too', () => {
    const names = verbs.filter(({ kinds }) => kinds.includes('runs')).map((verb) => verb.name());
    expect(names).toEqual(expect.arrayContaining(['get', 'logs', 'diff', 'bisect', 'cancel']));
  });
});

describe('api-resources and version', () => {
  it('lists the kinds with their other names', async () => {
    await expect((await fixture.call('api-resources')).out).toMatchFileSnapshot('golden/api-resources.txt');
    const { out } = await fixture.call('api-resources', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'ApiResourceList',
      items: [{ name: 'runs' }, {}, {}, {}, {}, {}],
    });
  });

  it('says which version it is', async () => {
    expect((await fixture.call('version')).out).toMatch(
      /^ccci-ctl \d+\.\d+\.\d+ \(ccci\.coopcloud\.tech\/v1, node v26/,
    );
  });
});

describe('completion', () => {
  it.each([
    { because: 'verbs', words: ['de'], want: ['describe', 'delete'] },
    { because: 'hidden verbs stay hidden', words: ['_'], want: [] },
    { because: 'kinds', words: ['get', 'r'], want: ['runs', 'recipes'] },
    { because: 'live names of a kind', words: ['get', 'runs', 'gh'], want: ['ghost-1', 'ghost-2'] },
    { because: 'live recipes of a kind', words: ['get', 'rs', ''], want: ['ghost'] },
    { because: 'live targets', words: ['logs', 'run/gh'], want: ['run/ghost-1', 'run/ghost-2'] },
    { because: 'targets behind a kind with its slash', words: ['get', 'recipe/'], want: ['recipe/ghost'] },
    { because: 'runs that have notes', words: ['notes', 'run/ghost-1'], want: ['run/ghost-1'] },
    { because: 'runs to bisect', words: ['bisect', 'run/'], want: ['run/ghost-1', 'run/ghost-2'] },
    { because: 'recipes to run', words: ['run', ''], want: ['ghost'] },
    { because: 'formats', words: ['get', 'runs', '-o', 'js'], want: ['json', 'jsonpath='] },
    {
      because: 'goals, as bash splits them',
      words: ['wait', 'run/ghost-1', '--for', '=', 'ver'],
      want: ['verdict'],
    },
    {
      because: 'goals right after the sign',
      words: ['wait', 'run/ghost-1', '--for', '='],
      want: ['verdict', 'phase=', 'condition=', 'delete'],
    },
    {
      because: 'both runs that are compared',
      words: ['diff', 'run/x', 'run/ghost-1'],
      want: ['run/ghost-1'],
    },
    { because: 'options of the verb', words: ['logs', '--pre'], want: ['--prefix', '--previous'] },
    { because: 'options of every verb', words: ['logs', '--state'], want: ['--state-dir'] },
    { because: 'files are the shell’s business', words: ['apply', '-f', ''], want: [] },
    { because: 'an option’s value is not a target', words: ['--state-dir', 'x', 'lo'], want: ['logs'] },
    { because: 'shells', words: ['completion', ''], want: ['bash', 'zsh', 'fish'] },
  ])('completes $because', async ({ words, want }) => {
    await fixture.recipe('ghost');
    await fixture.run('ghost-1', finishedBody('Passed'));
    await fixture.spec('ghost-2');
    const { code, out } = await fixture.call('__complete', '--', ...words);
    expect({ code, out: out.split('\n').slice(0, -1) }).toEqual({ code: 0, out: want });
  });

  it.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    expect((await fixture.call('completion', shell)).out).toContain('ccci-ctl');
  });

  it('knows no other shell', async () => {
    const { code, err } = await fixture.call('completion', 'bsh');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean "bash"?');
  });
});

describe('proxy', () => {
  const wanted = ['proxy', '--repo', 'https://x.example/traefik.git', '--cert', 'a.pem', '--key', '/k.pem'];

  it('takes paths as the person sees them, and settings as name and value', async () => {
    const { code, out } = await fixture.call(...wanted, '--set', 'LOG_LEVEL=WARN', '--set', 'X=a=b');
    expect([code, out]).toEqual([0, 'proxy deployed\n']);
    expect(fixture.proxyWanted).toMatchObject({
      ref: 'HEAD',
      keyFile: '/k.pem',
      settings: { LOG_LEVEL: 'WARN', X: 'a=b' },
    });
  });

  it('refuses what is no setting', async () => {
    const { code, err } = await fixture.call(...wanted, '--set', 'loglevel');
    expect(code).toBe(2);
    expect(err).toContain('"loglevel" is not a setting');
  });

  it('leads names to programs of this machine', async () => {
    await fixture.call(...wanted, '--route', 'ci.test=http://192.0.2.7:8080');
    expect(fixture.proxyWanted?.routes).toEqual([{ host: 'ci.test', url: 'http://192.0.2.7:8080' }]);
  });

  it.each([
    { term: 'ci.test', says: 'is no route' },
    { term: 'ci.test=192.0.2.7:8080', says: 'is no route' },
    { term: 'ci.test`)||(`=http://192.0.2.7', says: 'is no route' },
    { term: 'ci.test=http://127.0.0.1:8080', says: 'leads the proxy to its own container' },
  ])('refuses to lead to $term', async ({ term, says }) => {
    const { code, err } = await fixture.call(...wanted, '--route', term);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(says);
  });
});

describe('proxy rotate', () => {
  const CONFIGURED = { CCCI_CERTIFICATE_FILE: '/c/chain.pem', CCCI_CERTIFICATE_KEY_FILE: '/c/key.pem' };

  it('takes the certificate that is configured, and nothing but a certificate', async () => {
    fixture.env = CONFIGURED;
    const { code, out } = await fixture.call('proxy', 'rotate');
    expect([code, out]).toEqual([0, 'proxy rotated\n']);
    expect(fixture.rotated).toEqual({ certFile: '/c/chain.pem', keyFile: '/c/key.pem' });
    expect(fixture.proxyWanted).toBeNull();
  });

  it.each([
    {
      because: 'there is no certificate',
      words: ['rotate'],
      env: {},
      says: 'needs the wildcard certificate',
    },
    { because: 'the key is missing', words: ['rotate', '--cert', 'a'], env: CONFIGURED, says: 'and its key' },
    {
      because: 'a setting would not be heeded',
      words: ['rotate', '--set', 'A=b'],
      env: CONFIGURED,
      says: 'nothing else',
    },
    { because: 'the recipe is not named', words: [], env: CONFIGURED, says: 'where the traefik recipe is' },
    { because: 'the word is another', words: ['rotat'], env: CONFIGURED, says: '"rotat" is nothing' },
  ])('is refused where $because', async ({ words, env, says }) => {
    fixture.env = env;
    const { code, err } = await fixture.call('proxy', ...words);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(says);
    expect([fixture.rotated, fixture.proxyWanted]).toEqual([null, null]);
  });
});

describe('swarm', () => {
  it('asks for the network that doctor advises', async () => {
    const { code, out } = await fixture.call('swarm', '--advertise-address', '192.0.2.7');
    expect([code, out]).toEqual([0, 'swarm unchanged\n']);
    expect(fixture.groundWanted).toEqual({ address: '192.0.2.7', subnet: '10.77.0.0/16' });
  });

  it.each([
    { words: ['--subnet', '10.1.0.0/20'], says: 'no network of /16 or larger' },
    { words: ['--subnet', '10.1.0.0'], says: 'no network of /16 or larger' },
    { words: ['--advertise-address', 'eth0'], says: '"eth0" is no address' },
  ])('refuses $words', async ({ words, says }) => {
    const { code, err } = await fixture.call('swarm', ...words);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(says);
    expect(fixture.groundWanted).toBeNull();
  });
});

describe('reap', () => {
  const summary = {
    seen: 40,
    ours: 5,
    young: 1,
    removed: ['volume v: belongs to no live run'],
    failed: [] as string[],
  };

  it.each([
    {
      because: 'says what it would remove',
      words: ['--dry-run'],
      failed: [],
      code: 0,
      out: 'would remove volume v: belongs to no live run\n',
    },
    {
      because: 'says what it removed',
      words: [],
      failed: [],
      code: 0,
      out: 'removed volume v: belongs to no live run\n',
    },
    {
      because: 'is not content while something stays',
      words: [],
      failed: ['network n: in use'],
      code: 1,
      out: 'removed volume v: belongs to no live run\nnot removed: network n: in use\n',
    },
  ])('$because', async ({ words, failed, code, out }) => {
    fixture.cluster = { ...fixture.cluster, reap: () => Promise.resolve({ ...summary, failed }) };
    const answer = await fixture.call('reap', ...words);
    expect({ code: answer.code, out: answer.out }).toEqual({ code, out });
    expect(answer.err).toContain('40 things seen on the swarm, 5 ours, 1 too young to judge');
  });

  it('needs Docker', async () => {
    const { code, err } = await fixture.call('reap');
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain('next: Start Docker.');
  });
});
