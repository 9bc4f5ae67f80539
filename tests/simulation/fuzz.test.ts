/** Bad input at every door that is a file: the controller lives, says what is wrong, and never touches the swarm for it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
afterEach(async () => {
  await world.stop();
  world.destroy();
});

const GOOD =
  'apiVersion: ccci.coopcloud.tech/v1\nkind: TestRun\nmetadata:\n  name: NAME\nspec:\n  recipe: web\n';

/** Documents that a stranger's editor, disk or script could leave. Each has to be refused with a message. */
const DAMAGED: readonly (readonly [name: string, text: string | Buffer])[] = [
  ['empty', ''],
  ['blank', ' \n\n\t\n'],
  ['binary', Buffer.from([0, 1, 2, 0xff, 0xfe, 0x80])],
  [
    'not-utf8',
    Buffer.concat([
      Buffer.from(GOOD.replace('NAME', 'not-utf8')),
      Buffer.from([0x23, 0xc3, 0x28, 0x0a, 0x7b]),
    ]),
  ],
  ['huge', `${GOOD}#${'x'.repeat(5_000_000)}`],
  ['deep', `a: ${'['.repeat(20_000)}`],
  ['bomb', `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]\n`],
  ['list', '- 1\n- 2\n'],
  ['number', '42\n'],
  ['null', 'null\n'],
  ['two', `${GOOD}---\n${GOOD}`],
  ['other-kind', GOOD.replace('TestRun', 'Pod').replace('NAME', 'other-kind')],
  ['other-version', GOOD.replace('/v1', '/v9').replace('NAME', 'other-version')],
  ['wrong-name', GOOD.replace('NAME', 'somebody-else')],
  ['unknown-recipe', GOOD.replace('NAME', 'unknown-recipe').replace('web', 'nowhere')],
  ['traversal', GOOD.replace('NAME', 'traversal').replace('web', '../../etc/passwd')],
  ['option', `${GOOD.replace('NAME', 'option')}  source: { ref: "--upload-pack=touch /tmp/x" }\n`],
  ['ext', `${GOOD.replace('NAME', 'ext')}  source: { repo: "ext::sh -c id" }\n`],
  ['proto', `${GOOD.replace('NAME', 'proto')}  __proto__: { cancel: true }\n`],
  ['types', `${GOOD.replace('NAME', 'types')}  stages: install\n  timeout: 5\n  cancel: "yes"\n`],
  ['Bad Name', GOOD],
  ['ünïcode', GOOD],
  ['x'.repeat(240), GOOD],
  ['new\nline', GOOD],
  ['-rf', GOOD],
];

const alive = (child: { exitCode?: number | null; nodeChildProcess: { exitCode: number | null } }): boolean =>
  child.nodeChildProcess.exitCode === null;

describe('damaged documents', () => {
  it('are refused one by one with a message, and a good run among them passes', async () => {
    world = makeWorld();
    const controller = world.start();
    for (const [name, text] of DAMAGED) world.addText(name, text);
    mkdirSync(world.layout.specFile('a-folder'));
    symlinkSync('/dev/zero', world.layout.specFile('a-device'));
    symlinkSync('/nowhere', world.layout.specFile('a-dangling-link'));
    execFileSync('mkfifo', [world.layout.specFile('a-pipe')]);
    chmodSync(world.layout.testruns, 0o755);
    world.addRun('good');

    await world.until('the good run passes', () => world.status('good')?.verdict === 'Passed');
    const refused = [...DAMAGED.map(([name]) => name), 'a-folder', 'a-device', 'a-pipe', 'a-dangling-link'];
    for (const name of refused) {
      await world.until(`${name} refused`, () => world.status(name)?.phase === 'Refused', 20_000);
      expect(world.status(name)?.conditions.find((each) => each.type === 'Accepted')).toMatchObject({
        status: 'False',
      });
      expect(world.status(name)?.message).not.toBe('');
    }
    expect(alive(controller)).toBe(true);
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });

  it('cannot kill the controller by being random', async () => {
    world = makeWorld();
    const controller = world.start();
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        'spec:',
        'metadata:',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '&a',
        '*a',
        '!!js/function',
        '<<: *x',
        '"',
        "'",
        '\t',
        '|\n',
        '>\n',
        '? ',
        '%YAML 1.1',
        '---',
        '...',
      ),
    );
    const texts = fc.sample(
      fc.array(piece, { maxLength: 25 }).map((parts) => parts.join('')),
      { numRuns: 150, seed: 20261123 },
    );
    const mutated = fc.sample(fc.tuple(fc.nat(GOOD.length), fc.nat(12), fc.string({ maxLength: 6 })), {
      numRuns: 150,
      seed: 4711,
    });
    texts.forEach((text, i) => world.addText(`random-${i}`, text));
    mutated.forEach(([at, drop, put], i) =>
      world.addText(`mutated-${i}`, GOOD.slice(0, at) + put + GOOD.slice(at + drop)),
    );
    world.addRun('good');
    await world.until('the good run passes', () => world.status('good')?.verdict === 'Passed', 120_000);
    await world.until(
      'all judged',
      () => texts.every((_, i) => world.status(`random-${i}`) !== null),
      60_000,
    );
    expect(alive(controller)).toBe(true);
    // Nothing but the good run ever began.
    const begun = [...texts.map((_, i) => `random-${i}`), ...mutated.map((_, i) => `mutated-${i}`)].filter(
      (name) => world.status(name)?.begunAt != null,
    );
    expect(begun).toEqual([]);
  });
});

describe('other damaged files', () => {
  it('a RecipeSpec that cannot be read refuses its runs and says where; mended, they go on', async () => {
    world = makeWorld();
    const file = join(world.dir, 'recipes', 'shop.yaml');
    writeFileSync(
      file,
      'apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: shop }\nspec: { categry: simple }\n',
    );
    void world.start();
    world.addRun('shop-1', { recipe: 'shop' });
    await world.until('refused', () => world.status('shop-1')?.phase === 'Refused');
    expect(world.status('shop-1')?.message).toMatch(
      /shop\.yaml:4:9: spec: unknown key "categry"\. Did you mean "category"\?/,
    );
    writeFileSync(
      file,
      'apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: shop }\nspec: { category: simple, source: { repo: /nowhere } }\n',
    );
    await world.until('passed', () => world.status('shop-1')?.verdict === 'Passed');
  });

  it('a status that is not ours to understand is kept as it is, and the run is seen anew', async () => {
    world = makeWorld();
    mkdirSync(world.layout.statuses, { recursive: true });
    writeFileSync(world.layout.statusFile('strange'), '{"half":');
    world.addRun('good');
    const controller = world.start();
    await world.until('passed', () => world.status('good')?.verdict === 'Passed');
    expect(alive(controller)).toBe(true);
  });
});
