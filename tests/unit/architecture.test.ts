/** Reads the imports and enforces the rooms and the library fences of docs/architecture.md. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const files = globSync('controller/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'));

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
const room = (path: string): string =>
  /^controller\/([a-z]+)\//.exec(path)?.[1] ??
  (path.startsWith('controller/') ? path.slice('controller/'.length) : '');

/** What a room may import of the other rooms. `main.ts`, `controller.ts` and the two `main.ts` of processes build the adapters. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  api: [],
  domain: ['api', 'ports.ts'],
  'ports.ts': ['api'],
  runtime: ['ports.ts'],
  store: ['api', 'ports.ts', 'domain', 'runtime'],
  swarm: ['api', 'ports.ts', 'domain', 'runtime'],
  abra: ['api', 'ports.ts', 'domain', 'runtime'],
  stages: ['api', 'ports.ts', 'domain', 'runtime', 'store', 'abra', 'config.ts'],
  reconcilers: ['api', 'domain', 'ports.ts', 'runtime'],
  ctl: ['api', 'domain', 'ports.ts', 'runtime', 'store', 'config.ts'],
  'config.ts': ['api'],
};
const BUILDS_ADAPTERS = new Set([
  'controller/main.ts',
  'controller/controller.ts',
  'controller/stages/main.ts',
  'controller/ctl/main.ts',
  'controller/ctl/cluster.ts',
  'controller/ctl/repository.ts',
]);

/** Libraries and the only places that may use them. */
const FENCES: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['controller/swarm/'],
  execa: ['controller/abra/', 'controller/stages/'],
  '@lydell/node-pty': ['controller/abra/'],
  chokidar: ['controller/store/'],
  playwright: ['controller/stages/'],
  xstate: ['controller/domain/'],
  commander: ['controller/ctl/'],
  /** The built-in deployer starts several times a run, and execa would double its start time. */
  'node:child_process': ['controller/deployer/', 'controller/ctl/doctor/probes.ts'],
};

describe('the rooms', () => {
  it('import only what their row allows', () => {
    const broken = imports.flatMap(({ file, from }) => {
      if (!from.startsWith('controller/') || BUILDS_ADAPTERS.has(file)) return [];
      const [own, other] = [room(file), room(from)];
      return own === other || MAY[own]?.includes(other) === true
        ? []
        : [`${file} imports ${from}: the room "${own}" may import ${MAY[own]?.join(', ') ?? 'nothing'}`];
    });
    expect(broken).toEqual([]);
  });

  it('keep the libraries behind their fences', () => {
    const broken = imports.flatMap(({ file, from, typeOnly }) => {
      const places = FENCES[from];
      return places === undefined || typeOnly || places.some((place) => file.startsWith(place))
        ? []
        : [`${file} imports ${from}, which belongs in ${places.join(' or ') || 'no room'}`];
    });
    expect(broken).toEqual([]);
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

/** Without comments: words in prose are no use of anything. */
function code(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}
