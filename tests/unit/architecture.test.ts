/** Reads the imports and enforces the rooms and the library fences of docs/architecture.md. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const files = globSync(['controller/**/*.ts', 'dashboard/**/*.ts'], { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts'),
);

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, type, from, dynamic]) => {
    const named = from ?? dynamic ?? '';
    return {
      file,
      typeOnly: type !== undefined,
      from: named.startsWith('.') ? normalize(join(dirname(file), named)) : named,
    };
  });
}

const imports = files.flatMap(importsOf);
/** A folder of `controller/`, or, in those that hold many subjects, the sub-room: `domain/run`; and the folder beside it. */
const room = (path: string): string => {
  const [house, folder = '', sub = ''] = path.split('/');
  if (house === 'dashboard') return house;
  return HAVE_SUB_ROOMS.has(folder) && !sub.endsWith('.ts') ? `${folder}/${sub}` : folder;
};
const isOurs = (path: string): boolean => /^(?:controller|dashboard)\//.test(path);
const HAVE_SUB_ROOMS = new Set(['ctl', 'domain', 'reconcilers', 'stages']);

/** What a room may import of the other rooms. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  api: [],
  'specs.ts': [],
  'ports.ts': ['api', 'specs.ts'],
  'forge.ts': [],
  'builds.ts': [],
  'doors.ts': ['api'],
  'config.ts': ['api', 'doors.ts'],
  runtime: ['ports.ts'],
  'domain/text': [],
  'domain/causes': ['api'],
  'domain/secrets': ['api', 'domain/causes'],
  'domain/recipe': ['api', 'domain/text', 'ports.ts'],
  'domain/data': ['api', 'domain/recipe'],
  'domain/swarm': ['api', 'domain/causes', 'ports.ts'],
  'domain/tests': ['api', 'domain/recipe', 'domain/text'],
  'domain/run': [
    'api',
    'domain/causes',
    'domain/recipe',
    'domain/secrets',
    'domain/tests',
    'domain/text',
    'ports.ts',
  ],
  'domain/policy': ['api', 'domain/recipe', 'domain/run', 'ports.ts'],
  'domain/lint': ['api', 'domain/recipe', 'domain/run'],
  'domain/notes': ['api', 'domain/lint', 'domain/policy', 'domain/recipe', 'domain/text'],
  'domain/compare': ['api', 'domain/lint', 'domain/recipe', 'domain/secrets'],
  'domain/report': ['api', 'domain/notes', 'domain/run', 'domain/text', 'forge.ts'],
  'domain/trigger': [],
  gitea: ['forge.ts', 'ports.ts', 'runtime'],
  store: ['api', 'domain/text', 'ports.ts', 'runtime'],
  swarm: ['api', 'ports.ts', 'runtime'],
  git: ['domain/recipe', 'runtime'],
  drone: ['builds.ts', 'domain/text', 'doors.ts', 'runtime'],
  abra: ['runtime'],
  deployer: ['domain/recipe', 'domain/text'],
  host: ['api', 'domain/run', 'ports.ts', 'runtime', 'store'],
  'stages/route': ['api', 'ports.ts', 'runtime'],
  'stages/sandbox': ['domain/text', 'host', 'runtime', 'stages/route', 'store'],
  'stages/step': [
    'abra',
    'api',
    'config.ts',
    'domain/causes',
    'domain/run',
    'domain/secrets',
    'domain/text',
    'ports.ts',
    'runtime',
    'stages/route',
    'store',
  ],
  'stages/checkout': ['api', 'domain/policy', 'domain/recipe', 'git', 'runtime', 'stages/step', 'store'],
  'stages/app': [
    'abra',
    'api',
    'domain/compare',
    'domain/policy',
    'domain/recipe',
    'domain/swarm',
    'domain/text',
    'git',
    'ports.ts',
    'runtime',
    'stages/checkout',
    'stages/route',
    'stages/step',
    'store',
  ],
  'stages/secrets': ['api', 'domain/secrets', 'runtime', 'stages/step', 'store'],
  'stages/tests': [
    'api',
    'config.ts',
    'domain/recipe',
    'domain/secrets',
    'domain/tests',
    'domain/text',
    'git',
    'host',
    'runtime',
    'stages/app',
    'stages/sandbox',
    'stages/step',
    'store',
  ],
  'stages/data': [
    'api',
    'config.ts',
    'domain/data',
    'domain/secrets',
    'domain/text',
    'host',
    'stages/app',
    'stages/step',
    'stages/tests',
    'store',
  ],
  'stages/programs': [
    'abra',
    'api',
    'domain/data',
    'domain/lint',
    'domain/notes',
    'domain/policy',
    'domain/recipe',
    'domain/secrets',
    'domain/swarm',
    'domain/tests',
    'domain/text',
    'git',
    'ports.ts',
    'runtime',
    'stages/app',
    'stages/checkout',
    'stages/data',
    'stages/route',
    'stages/sandbox',
    'stages/secrets',
    'stages/step',
    'stages/tests',
    'store',
  ],
  proxy: [
    'abra',
    'domain/recipe',
    'domain/run',
    'domain/swarm',
    'git',
    'ports.ts',
    'runtime',
    'stages/app',
    'store',
  ],
  units: [],
  mirror: ['git', 'runtime'],
  reconcilers: ['api', 'domain/run', 'ports.ts', 'runtime'],
  'reconcilers/bridge': [
    'api',
    'client',
    'domain/trigger',
    'doors.ts',
    'forge.ts',
    'ports.ts',
    'runtime',
    'store',
    'domain/run',
  ],
  'reconcilers/report': [
    'api',
    'client',
    'domain/report',
    'domain/trigger',
    'forge.ts',
    'ports.ts',
    'runtime',
    'store',
    'views',
    'domain/run',
  ],
  'reconcilers/builds': ['api', 'builds.ts', 'domain/run', 'ports.ts', 'runtime', 'store'],
  views: [
    'api',
    'domain/compare',
    'domain/notes',
    'domain/recipe',
    'domain/report',
    'domain/run',
    'domain/text',
    'ports.ts',
    'runtime',
    'store',
  ],
  describe: ['api', 'domain/notes', 'domain/run', 'domain/text', 'runtime', 'store', 'views'],
  client: ['api', 'store', 'views'],
  dashboard: ['api', 'domain/run', 'domain/text', 'views'],
  http: ['api', 'dashboard', 'describe', 'domain/trigger', 'ports.ts', 'runtime', 'store', 'views'],
  'ctl/doctor': [
    'config.ts',
    'domain/recipe',
    'domain/run',
    'domain/swarm',
    'domain/trigger',
    'doors.ts',
    'forge.ts',
    'ports.ts',
    'runtime',
    'store',
  ],
  'ctl/terminal': [
    'api',
    'client',
    'config.ts',
    'ctl/doctor',
    'describe',
    'domain/compare',
    'domain/run',
    'domain/tests',
    'domain/text',
    'mirror',
    'store',
    'views',
  ],
  'ctl/verbs': [
    'api',
    'client',
    'config.ts',
    'ctl/doctor',
    'ctl/terminal',
    'describe',
    'domain/causes',
    'domain/compare',
    'domain/notes',
    'domain/run',
    'domain/text',
    'domain/trigger',
    'mirror',
    'ports.ts',
    'runtime',
    'store',
    'views',
  ],
  ctl: [
    'api',
    'client',
    'config.ts',
    'ctl/doctor',
    'ctl/terminal',
    'ctl/verbs',
    'domain/run',
    'ports.ts',
    'reconcilers',
    'runtime',
    'store',
    'views',
  ],
};

/** The entry points of programs: they build the adapters, and may import everything. */
const BUILDS_ADAPTERS = new Set([
  'controller/main.ts',
  'controller/controller.ts',
  'controller/open-doors.ts',
  'controller/stages/main.ts',
  'controller/ctl/main.ts',
]);

type Arrows = ReadonlyMap<string, readonly string[]>;

/** Over however many steps. */
function reachesItself(arrows: Arrows, start: string): boolean {
  const seen = new Set<string>();
  const todo = [start];
  for (let next = todo.pop(); next !== undefined; next = todo.pop())
    for (const to of arrows.get(next) ?? []) {
      if (to === start) return true;
      if (!seen.has(to)) todo.push(to);
      seen.add(to);
    }
  return false;
}

function circles(arrows: Arrows): string[] {
  return [...arrows.keys()].filter((start) => reachesItself(arrows, start));
}

const table: Arrows = new Map(Object.entries(MAY));

/** Imports that lead through a wall. */
function throughWalls(all: readonly Import[]): string[] {
  return all.flatMap(({ file, from }) => {
    if (!isOurs(from) || BUILDS_ADAPTERS.has(file)) return [];
    const [own, other] = [room(file), room(from)];
    return own === other || MAY[own]?.includes(other) === true
      ? []
      : [`${file} imports ${from}: the room "${own}" may import ${MAY[own]?.join(', ') || 'nothing'}`];
  });
}

/** Imports of libraries from outside their fences. */
function throughFences(all: readonly Import[]): string[] {
  return all.flatMap(({ file, from, typeOnly }) => {
    const places = FENCES[from];
    return places === undefined || typeOnly || places.some((place) => file.startsWith(place))
      ? []
      : [`${file} imports ${from}, which belongs in ${places.join(' or ') || 'no room'}`];
  });
}

/** Libraries and the only places that may use them. */
const FENCES: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['controller/swarm/'],
  execa: [
    'controller/abra/',
    'controller/git/',
    'controller/host/',
    'controller/proxy/',
    'controller/stages/',
    'controller/units/',
  ],
  '@lydell/node-pty': ['controller/abra/'],
  chokidar: ['controller/store/'],
  playwright: ['controller/stages/'],
  xstate: ['controller/domain/'],
  commander: ['controller/ctl/'],
  fastify: ['controller/http/'],
  '@fastify/compress': ['controller/http/'],
  '@fastify/rate-limit': ['controller/http/'],
  'prom-client': ['controller/http/'],
  /** The built-in deployer starts several times a run, and execa would double its start time. */
  'node:child_process': [
    'controller/deployer/',
    // It runs in a sandbox that holds no packages.
    'controller/stages/sandbox/relay-gate.ts',
  ],
};

const fileArrows: Arrows = new Map(
  [...Map.groupBy(imports, ({ file }) => file)].map(([file, all]) => [file, all.map(({ from }) => from)]),
);

describe('the rooms', () => {
  it('import only what their row allows', () => {
    expect(throughWalls(imports)).toEqual([]);
  });

  it('allow no circle', () => {
    expect(circles(table)).toEqual([]);
  });

  it('hold no two files that import one another, over however many steps', () => {
    expect(circles(fileArrows)).toEqual([]);
  });

  it('have a row each, and each row is used', () => {
    const rooms = new Set(
      files
        .map(room)
        .filter((name) => !['main.ts', 'controller.ts', 'open-doors.ts', 'stages'].includes(name)),
    );
    expect(Object.keys(MAY).sort()).toEqual([...rooms].sort());
    const used = new Set(
      imports.flatMap(({ file, from }) => (isOurs(from) ? [`${room(file)} > ${room(from)}`] : [])),
    );
    const unused = Object.entries(MAY).flatMap(([name, others]) =>
      others
        .filter((other) => !used.has(`${name} > ${other}`))
        .map((other) => `${name} never imports ${other}`),
    );
    expect(unused).toEqual([]);
  });

  it('keep the libraries behind their fences', () => {
    expect(throughFences(imports)).toEqual([]);
  });

  it('read the environment in config.ts and the entry points alone, and the wall clock in runtime/clock.ts', () => {
    const allowed: Record<string, string[]> = {
      'process.env': [
        'controller/config.ts',
        'controller/ctl/main.ts',
        'controller/stages/main.ts',
        'controller/deployer/main.ts',
      ],
      'Date.now()': [],
      'new Date()': ['controller/runtime/clock.ts'],
    };
    const broken = Object.entries(allowed).flatMap(([what, where]) =>
      files
        .filter((file) => !where.includes(file) && code(file).includes(what))
        .map((file) => `${file} uses ${what}`),
    );
    expect(broken).toEqual([]);
  });

  it('start no shell with a made-up string', () => {
    expect(files.filter((file) => /shell:\s*true|\bexecSync\(|execaCommand/.test(code(file)))).toEqual([]);
  });

  it('keep the reconcilers under 100 lines and the TestRun reconciler under 60', () => {
    const lines = (file: string): number =>
      readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length;
    expect(lines('controller/reconcilers/testrun.ts')).toBeLessThan(60);
    const long = files.filter((file) => file.startsWith('controller/reconcilers/') && lines(file) >= 150);
    expect(long).toEqual([]);
  });
});

describe('each wall, broken once', () => {
  const rooms = Object.keys(MAY);
  /** A file of each room that is no entry point. */
  const fileIn = new Map(
    rooms.map((name) => [
      name,
      files.find((file) => room(file) === name && !BUILDS_ADAPTERS.has(file)) ?? '',
    ]),
  );

  it('is noticed, from every room to every other that its row does not name', () => {
    const walls = rooms.flatMap((own) =>
      rooms
        .filter((other) => other !== own && MAY[own]?.includes(other) !== true)
        .map((other) => ({ file: fileIn.get(own) ?? '', from: fileIn.get(other) ?? '', typeOnly: false })),
    );
    expect(walls.length).toBeGreaterThan(1_000);
    expect(walls.filter((hole) => throughWalls([hole]).length !== 1)).toEqual([]);
  });

  it('is noticed where a row is turned round', () => {
    const turned = rooms.flatMap((own) => (MAY[own] ?? []).map((other) => ({ own, other })));
    const unnoticed = turned.filter(({ own, other }) => {
      const back = new Map(table).set(other, [...(MAY[other] ?? []), own]);
      return !circles(back).includes(own);
    });
    expect(turned.length).toBeGreaterThan(100);
    expect(unnoticed).toEqual([]);
  });

  it('is noticed where a file imports back what imports it', () => {
    const inner = [...fileArrows].flatMap(([file, others]) =>
      others.filter((other) => fileArrows.has(other)).map((other) => ({ file, other })),
    );
    const unnoticed = inner.filter(({ file, other }) => {
      const back = new Map(fileArrows).set(other, [...(fileArrows.get(other) ?? []), file]);
      return !reachesItself(back, file);
    });
    expect(inner.length).toBeGreaterThan(1_000);
    expect(unnoticed).toEqual([]);
  });

  it('is noticed at every fence, from every room outside of it', () => {
    const holes = Object.entries(FENCES).flatMap(([from, places]) =>
      [...fileIn.values()]
        .filter((file) => !places.some((place) => file.startsWith(place)))
        .map((file) => ({ file, from, typeOnly: false })),
    );
    expect(holes.length).toBeGreaterThan(200);
    expect(holes.filter((hole) => throughFences([hole]).length !== 1)).toEqual([]);
  });
});

/** Without comments: words in prose are no use of anything. */
function code(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}
