/** The documentation says what is so: links, variables, rules, rooms, commands; the form of the ledgers is held by tests/ledgers. */
import { z } from 'zod';
import { DOORS } from '../../controller/doors.ts';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentOf, readConfig, ROOT } from '../../controller/config.ts';
import { explainLines } from '../../controller/ctl/verbs/explain.ts';
import { firstCauses, firstCausesPage } from '../../controller/domain/causes/first-cause.ts';
import { ABRA_NOT_JUDGED, RUNGS } from '../../controller/domain/run/level.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What is, or is about to be, in the repository. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).isFile());
const OURS = /^(?:[A-Z]+\.md|docs\/.*\.md|tests\/(?:harness|sandbox|conformance)\/README\.md)$/;
const documents = files.filter((file) => OURS.test(file));

const unique = (matches: Iterable<RegExpMatchArray>): string[] =>
  [...new Set([...matches].map((match) => match[1] ?? ''))].sort();
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');
const headings = (text: string, level: number): string[] =>
  [...withoutCode(text).matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'))].map((match) => match[1] ?? '');

/** As git forges make them. */
function anchorsOf(file: string): string[] {
  return [1, 2, 3].flatMap((level) =>
    headings(read(file), level).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(file: string): string[] {
  const links = unique(withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g));
  return links.flatMap((link) => {
    if (/^https?:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), path));
    if (target.startsWith('..') || !existsSync(join(ROOT, target)))
      return [`${file}: ${link} leads to nothing`];
    return anchor === undefined || anchorsOf(target).includes(anchor)
      ? []
      : [`${file}: ${link} has no such heading`];
  });
}

describe('the documents', () => {
  it('are all there', () => {
    const wanted = 'architecture life-of-a-testrun enroll-recipe write-recipe-tests runbook security secrets';
    for (const name of `${wanted} first-causes testing abra ctl DEFERRED`.split(' '))
      expect(documents).toContain(`docs/${name}.md`);
    expect(documents).toContain('README.md');
  });

  it('link only to what exists', () => {
    expect(documents.flatMap(brokenLinks)).toEqual([]);
  });

  it('call a source file by its name where they link to it', () => {
    const misnamed = documents.flatMap((file) =>
      [...withoutCode(read(file)).matchAll(/\[([\w-]+\.ts)\]\(([^)\s#]+)\)/g)].flatMap(
        ([link, label = '', path = '']) => (path.split('/').at(-1) === label ? [] : [`${file}: ${link}`]),
      ),
    );
    expect(misnamed).toEqual([]);
  });

  it('are found from the README, over links', () => {
    const seen = new Set(['README.md']);
    for (const file of seen) {
      for (const link of unique(read(file).matchAll(/\]\(([^)#\s]+\.md)/g))) {
        const target = normalize(join(dirname(file), link));
        if (existsSync(join(ROOT, target))) seen.add(target);
      }
    }
    expect(documents.filter((file) => !seen.has(file))).toEqual([]);
  });

  it('name files that exist', () => {
    const missing = documents.flatMap((file) =>
      unique(
        withoutCode(read(file)).matchAll(
          /`((?:bin|controller|crds|docs|tests|\.ci)\/[\w./-]*\w)(?=`| -| up| down)/g,
        ),
      )
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${file}: ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/life-of-a-testrun.md', () => {
  /** Code is taken out first: a line of a YAML comment is no heading. */
  const sections = withoutCode(read('docs/life-of-a-testrun.md')).split(/^## /m).slice(1);
  /** Names a file, and after it what in it does the step. */
  const LINK = /\]\(\.\.\/(controller\/[\w./-]+\.ts)\)(?:, ((?:`\w+`(?:, | and )?)+))?/g;

  it('leads from every step into the code that does it', () => {
    const steps = sections.filter((section) => /^\d+\. /.test(section));
    expect(steps.length).toBeGreaterThan(7);
    expect(steps.filter((step) => step.match(LINK) === null).map((step) => step.split('\n')[0])).toEqual([]);
  });

  it('names only what stands in the file beside it', () => {
    const named = [...sections.join('').matchAll(LINK)].flatMap(([, path = '', names = '']) =>
      [...names.matchAll(/\w+/g)].filter(([word]) => word !== 'and').map(([name]) => ({ path, name })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ path, name }) => !new RegExp(`\\b${name}\\b`).test(read(path)))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('has the rungs of the ladder, in their order', () => {
    const [, section = ''] = read('docs/architecture.md').split('## The level\n');
    const rows = [...section.matchAll(/^\| (\d) \| ((?:`\w+`(?:, )?)+) \|/gm)];
    const said = rows.map(([, rung, stages = '']) => [rung, [...stages.matchAll(/\w+/g)].map(([name]) => name)]);
    expect(said).toEqual(RUNGS.map((stages, at) => [String(at + 1), [...stages]]));
  });

  it('says what a level 5 without abra’s own rules is called', () => {
    expect(read('docs/architecture.md')).toContain(`"5 of 5, ${ABRA_NOT_JUDGED}"`);
  });
}); // oxfmt-ignore

describe('docs/first-causes.md', () => {
  it('is what the code says, and `explain` says the same of each', () => {
    expect(read('docs/first-causes.md')).toBe(firstCausesPage());
    const silent = firstCauses().filter(({ reason, means, todo }) => {
      const text = explainLines(reason).join('\n');
      return !text.includes(means) || !text.includes(todo);
    });
    expect(silent).toEqual([]);
  });
});

describe('docs/runbook.md', () => {
  const CONFIG = ['controller/config.ts', 'controller/doors.ts'];
  const variables = (text: string): string[] => unique(text.matchAll(/\b(CCCI_[A-Z_]*[A-Z])\b/g));

  it('names every variable of config.ts, and no other', () => {
    expect(variables(read('docs/runbook.md'))).toEqual(variables(CONFIG.map(read).join('')));
  });

  it('gives their defaults', () => {
    const rows = [...read('docs/runbook.md').matchAll(/^\| `(CCCI_\w+)` \| (?:`([^`]+)`|none) \|/gm)];
    const said = Object.fromEntries(
      rows.flatMap(([, name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const doors = Object.entries(z.object(DOORS).parse({})).map(
      ([name, value]) => [name, String(value)] as const,
    );
    const real = [...Object.entries(environmentOf(readConfig({}))), ...doors].filter(([name]) =>
      name.startsWith('CCCI_'),
    );
    const inWords: Record<string, string> = { '120000ms': '2m', '30000ms': '30s' };
    const milliseconds = (text: string): string => inWords[text] ?? text;
    expect(said).toEqual(
      Object.fromEntries(real.map(([name, value]) => [name, milliseconds(value.replace(ROOT, '<root>'))])),
    );
  });
});

describe('docs/install.md', () => {
  const text = read('docs/install.md');

  it.each([
    ['commoninternet.net', 'the zone'],
    ['Gandi', 'the provider of its DNS'],
    ['*.ci.commoninternet.net` and `ci.commoninternet.net`, both to the gateway', 'the records'],
    ['TTL', 'how long they are kept'],
    ['passes TLS on to the machine by its name', 'what the gateway does'],
    ['services.cc-ci.site.gatewayAddress', 'where its address is told'],
    ['/var/lib/ci-certs/live/fullchain.pem', 'where the certificate stands'],
    ['issued and renewed by the operator', 'who renews it'],
    ['/var/lib/sops-nix/key.txt', 'the one secret that comes by hand'],
  ])('says %s: %s', (words) => {
    expect(text).toContain(words);
  });

  it('has nothing after the switch but looking', () => {
    const [, after = ''] = text.split(/^## Verify$/m);
    const [, block = ''] = /^```sh\n([\s\S]*?)^```/m.exec(after) ?? [];
    const first = block.trim().split('\n');
    expect(first.filter((line) => !/^(?:systemctl is-|ccci-ctl (?:doctor|run|get) ?)/.test(line))).toEqual(
      [],
    );
    const [before = ''] = text.split(/^## What is there then$/m);
    expect(
      before
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('nixos-rebuild')),
    ).toContain('switch');
    expect(first.length).toBeGreaterThan(1);
  });

  it('leads to a baseline of four parts', () => {
    const parts = ['NixOS configuration', 'Packages', 'Docker, swarm, abra', 'DNS'];
    expect(headings(read('docs/baseline.md'), 2)).toEqual(parts);
  });

  it('has its secrets explained, with the way in which each is changed', () => {
    const secrets = read('docs/secrets.md');
    const [, rotation = ''] = secrets.split(/^## Each of them changed$/m);
    const names = unique(read('modules/secrets.nix').matchAll(/^ {10}"(\w+)"$/gm));
    expect(names.length).toBe(8);
    // Client id and secret are made, and made anew, together.
    const told = names.filter((name) => name !== 'drone_gitea_client_id');
    expect(told.filter((name) => !rotation.includes(`\`${name}\``))).toEqual([]);
    expect(secrets).toContain('/var/lib/sops-nix/key.txt');
  });
});

describe('docs/security.md', () => {
  it('names every rule of the policy', () => {
    const rules = unique(read('controller/domain/policy/finding.ts').matchAll(/^ {2}\| '(\w+)'/gm));
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => !new RegExp(`\\b${rule}\\b`).test(read('docs/security.md')))).toEqual([]);
  });
});

describe('docs/security.md, of what it promises,', () => {
  const text = withoutCode(read('docs/security.md'));
  /** `[x.test.ts](path), "a name", "another"`. */
  const SHOWN = /\]\(([^)\s#]+\.test\.ts)\)((?:,? "[^"]+")*)/g;
  const shownIn = (part: string) =>
    [...part.matchAll(SHOWN)].map(([, path = '', names = '']) => ({
      path: normalize(join('docs', path)),
      names: [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    }));
  /** Who trusts whom, and what is not given, promise nothing. */
  const NONE = ['Security', 'Who is trusted with what', 'What is not sandboxed'];
  const sections = text
    .split(/^#{1,3} /m)
    .slice(1)
    .map((section) => ({ title: section.split('\n', 1)[0] ?? '', body: withoutLimits(section) }))
    .filter(({ title }) => !NONE.includes(title));

  /** What follows "What it does not give" up to the next heading. */
  function withoutLimits(section: string): string {
    return section.split(/^What (?:it does|they do) not give: ?/m, 1)[0] ?? '';
  }

  it('links each section to a test', () => {
    expect(sections.length).toBeGreaterThan(8);
    expect(sections.filter(({ body }) => shownIn(body).length === 0).map(({ title }) => title)).toEqual([]);
  });

  it('links each item of a list to a test', () => {
    const items = sections.flatMap(({ body }) => body.match(/^- .+$/gm) ?? []);
    expect(items.length).toBeGreaterThan(12);
    expect(items.filter((item) => shownIn(item).length === 0)).toEqual([]);
  });

  it('links each table to a test in the line above it, or in each row', () => {
    const tables = sections.flatMap(({ body }) => [
      ...body.matchAll(/(?<above>[^\n]*)\n\n?(?<head>\|.+\|)\n\|[-| ]+\|\n(?<rows>(?:\|.+\|(?:\n|$))+)/g),
    ]);
    expect(tables.length).toBeGreaterThan(3);
    const open = tables.flatMap(({ groups: { above = '', head = '', rows = '' } = {} }) => {
      // Says what each is; its promises have a table of their own.
      if (shownIn(above).length > 0 || head.startsWith('| helper |')) return [];
      return rows
        .trim()
        .split('\n')
        .filter((row) => shownIn(row).length === 0);
    });
    expect(open).toEqual([]);
  });

  it('names only tests that exist', () => {
    const all = shownIn(text);
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter(({ path }) => !files.includes(path))).toEqual([]);
    const named = all.flatMap(({ path, names }) => names.map((name) => ({ path, name })));
    expect(named.length).toBeGreaterThan(40);
    const plain = (path: string): string => read(path).replaceAll("\\'", "'");
    expect(named.filter(({ path, name }) => !plain(path).includes(name))).toEqual([]);
  });

  it('has every rule refused by a test', () => {
    const [, table = ''] = text.split(/^\| rule \|.*\n/m);
    const rules = (table.split('\n\n', 1)[0] ?? '')
      .split('\n')
      .slice(1)
      .flatMap((row) => (row.split('|')[1] ?? '').split(',').map((rule) => rule.trim()));
    const tests = files
      .filter((file) => /^controller\/(?:domain\/policy|stages\/checkout)\/.*\.test\.ts$/.test(file))
      .map(read)
      .join('\n');
    expect(rules.length).toBeGreaterThan(25);
    expect(rules.filter((rule) => !tests.includes(`'${rule}'`))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('has the rooms as the architecture test enforces them', () => {
    const enforced = Object.fromEntries(
      [...read('tests/unit/architecture.test.ts').matchAll(/^ {2}'?([a-z./]+)'?: \[([^\]]*)\],$/gm)]
        .filter(([, room = '']) => ['controller', '.'].some((house) => existsSync(join(ROOT, house, room))))
        .map(([, room, may]) => [room, unique((may ?? '').matchAll(/'([^']+)'/g))]),
    );
    const [, rooms = ''] = read('docs/architecture.md').split(/^## Rooms$/m);
    const said = Object.fromEntries(
      [...rooms.matchAll(/^\| `([a-z./]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(([, room, may]) => [
        room,
        unique((may ?? '').matchAll(/`([^`]+)`/g)),
      ]),
    );
    expect(said).toEqual(enforced);
  });

  it('has every room in its picture of them, and no other', () => {
    const [, rooms = ''] = read('docs/architecture.md').split(/^## Rooms$/m);
    const [, picture = ''] = rooms.split(/^```(?:text)?$/m);
    const tabled = [...rooms.matchAll(/^\| `([a-z./]+)` \|/gm)].map(([, room = '']) => room);
    const shown = tabled.map((room) => room.replace(/^domain\/.*/, 'domain/*'));
    const drawn = [
      ...picture.matchAll(/(?<![\w/])(?:(?:ctl|reconcilers|stages)\/[a-z]+|domain\/\*|[a-z]+\.ts)/g),
    ];
    expect(drawn.map(([room]) => room).filter((room) => !shown.includes(room))).toEqual([]);
    const isDrawn = (room: string): boolean =>
      new RegExp(`(?<=^ |  |> )${RegExp.escape(room)}(?=[ :]|$)`, 'm').test(picture);
    expect(shown.length).toBeGreaterThan(30);
    expect(shown.filter((room) => !isDrawn(room))).toEqual([]);
  });
});

describe('the README', () => {
  const blocks = [...read('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => line.trim() !== '');

  it('shows commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = lines.filter((line) => {
      const [program = '', first = '', second = ''] = line.trim().split(/\s+/);
      if (program === 'npm') return scripts[first === 'run' ? second : first] === undefined;
      return !program.startsWith('bin/') || !files.includes(program);
    });
    expect(lines.length).toBeGreaterThan(4);
    expect(missing).toEqual([]);
  });

  it('uses verbs that ccci-ctl has', () => {
    const verbs = unique(read('controller/ctl/commands.ts').matchAll(/\.command\('(\w+)'/g));
    const used = documents.flatMap((file) =>
      unique(read(file).matchAll(/(?:bin\/|`)ccci-ctl ([a-z][a-z-]*)/g)),
    );
    expect([...new Set(used)].filter((verb) => !['help', ...verbs].includes(verb))).toEqual([]);
  });
});

describe('the ledgers', () => {
  it('of the status names places that exist', () => {
    const places = [...read('STATUS.md').matchAll(/^- WHERE: (.+)$/gm)].flatMap(([, where = '']) =>
      where.split(/[,;] /).map((place) => place.replace(/^files of the run in /, '')),
    );
    expect(places.length).toBeGreaterThan(20);
    // What a claim's own command makes is not in the repository.
    expect(places.filter((place) => !place.startsWith('.ccci/') && !existsSync(join(ROOT, place)))).toEqual(
      [],
    );
  });
});

describe('the source', () => {
  it('says at the top of every file what is in it, and not only of its first declaration', () => {
    const sources = files.filter((file) => /^(?:controller|dashboard)\/.*(?<!\.test)\.ts$/.test(file));
    expect(sources.length).toBeGreaterThan(300);
    const HEAD =
      /^\/\*\*\s(?:\s\*\s)?\S(?:(?!\*\/)[\s\S])*[.!?](?:(?!\*\/)[\s\S])*\*\/\n(?:\n|import |\/\/ )/;
    expect(sources.filter((file) => !HEAD.test(read(file)))).toEqual([]);
  });
});

describe('the repository', () => {
  /** In pieces, so that this file does not name what it looks for. */
  const HOSTS = [
    ['docker', 'io/'],
    ['hub', 'docker', 'com'],
    ['ghcr', 'io'],
    ['quay', 'io'],
    ['gcr', 'io'],
    ['mcr', 'microsoft', 'com'],
    ['npmjs', 'org'],
    ['npmjs', 'com'],
    ['pypi', 'org'],
    ['pythonhosted', 'org'],
    ['deb', 'debian', 'org'],
    ['proxy', 'golang', 'org'],
    ['crates', 'io'],
    ['repo', 'maven', 'apache', 'org'],
  ].map((parts) => parts.join('.'));
  const OUTSIDE = ['..', 'shared/'].join('/');

  it.each([
    { because: 'names no host of a package or container registry', words: HOSTS },
    { because: 'refers to nothing beside it', words: [OUTSIDE] },
  ])('$because', ({ words }) => {
    const found = files.flatMap((file) => {
      const text = read(file);
      return text.includes('\0')
        ? []
        : words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
    });
    expect(found).toEqual([]);
  });
});
