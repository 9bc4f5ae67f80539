/** A state directory and a world for the tests of this room: files are real, time and Docker are not. */
import { NOTHING_DONE } from '../domain/run/first-status.ts';
import type { Cluster } from '../views/cluster.ts';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { stringify } from 'yaml';
import { API_VERSION } from '../api/primitives.ts';
import type { LogLine, StepName } from '../api/stage.ts';
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import { startTimeOf } from '../runtime/process.ts';
import { makeLayout, type Layout } from '../store/layout.ts';
import { runCtl } from './cli.ts';
import type { CertificateWanted, ProxyWanted, Sink, World } from './terminal/world.ts';
import type { Probes } from './doctor/port.ts';
import { Interrupted, type ExitCode } from './terminal/exit.ts';
import { Refusal } from '../views/refusal.ts';

/** Before any file of a test was born, so that a file's own age is always 0 s. */
export const NOW = new Date('2020-01-01T12:00:00.000Z');
export const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';

export function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

export function statusBody(over: Partial<TestRunStatusBody> = {}): TestRunStatusBody {
  return {
    uid: 'u-1',
    phase: 'Queued',
    message: 'Waits for a slot.',
    createdAt: minutesAgo(20),
    ...NOTHING_DONE,
    server: 'local',
    attempt: 1,
    ...over,
  };
}

export function stepOf(
  name: StepName,
  state: TestRunStatusBody['steps'][number]['state'],
  message = '',
): TestRunStatusBody['steps'][number] {
  return { name, attempt: 1, state, startedAt: minutesAgo(18), finishedAt: minutesAgo(17), message };
}

/** A run that is over. */
export function finishedBody(
  verdict: NonNullable<TestRunStatusBody['verdict']>,
  over: Partial<TestRunStatusBody> = {},
): TestRunStatusBody {
  return statusBody({
    phase: 'Finished',
    verdict,
    message: `${verdict}.`,
    begunAt: minutesAgo(18),
    finishedAt: minutesAgo(10),
    commit: SHA,
    level: verdict === 'Passed' ? 5 : 1,
    ...over,
  });
}

export interface Answer {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

function sink(): Sink & { text: string } {
  return {
    text: '',
    isTTY: false,
    write(text) {
      this.text += text;
    },
  };
}

const NO_CLUSTER: Cluster = {
  apps: () => Promise.reject(noDocker()),
  orphans: () => Promise.reject(noDocker()),
  reap: () => Promise.reject(noDocker()),
  tasks: () => Promise.reject(noDocker()),
};

function noDocker(): Refusal {
  return new Refusal('unreachable', 'Docker does not answer.', { next: 'Start Docker.' });
}

export class Fixture {
  readonly root: string;
  readonly layout: Layout;
  readonly recipes: string;
  /** Things that happen while a command waits: each pause takes the next. */
  readonly meanwhile: (() => Promise<void> | void)[] = [];
  /** After so many pauses the person presses Ctrl-C. */
  patience = 50;
  /** Whoever started the command is told to end it. */
  readonly term = new AbortController();
  env: Record<string, string | undefined> = {};
  stdin = '';
  tty = false;
  cluster: Cluster = NO_CLUSTER;
  proxyWanted: ProxyWanted | null = null;
  rotated: CertificateWanted | null = null;
  groundWanted: object | null = null;
  mirror: World['mirror'] = () => Promise.resolve([]);
  probes: Partial<Probes> = {};
  resolveRef: World['resolveRef'] = () => Promise.resolve(SHA);
  uncommitted = 0;
  #now = NOW.getTime();
  #ids = 0;

  constructor(root: string) {
    this.root = root;
    this.layout = makeLayout(join(root, 'state'));
    this.recipes = join(root, 'recipes');
  }

  static async make(): Promise<Fixture> {
    return new Fixture(await mkdtemp(join(tmpdir(), 'ccci-ctl-')));
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  specText(name: string, over: Record<string, unknown> = {}, labels: Record<string, string> = {}): string {
    const spec = { recipe: 'ghost', source: { ref: SHA }, ...over };
    return stringify({ apiVersion: API_VERSION, kind: 'TestRun', metadata: { name, labels }, spec });
  }

  spec(name: string, over: Record<string, unknown> = {}, labels: Record<string, string> = {}): Promise<void> {
    return this.write(this.layout.specFile(name), this.specText(name, over, labels));
  }

  status(name: string, status: TestRunStatusBody): Promise<void> {
    const document = {
      apiVersion: API_VERSION,
      kind: 'TestRunStatus',
      metadata: { name, resourceVersion: 1 },
      status,
    };
    return this.write(this.layout.statusFile(name), JSON.stringify(document));
  }

  async run(name: string, status: TestRunStatusBody, over: Record<string, unknown> = {}): Promise<void> {
    await this.spec(name, over);
    await this.status(name, status);
  }

  recipe(name: string, over: Record<string, unknown> = {}): Promise<void> {
    const spec = { category: 'simple', source: { repo: `https://git.example.org/${name}.git` }, ...over };
    return this.write(
      join(this.recipes, `${name}.yaml`),
      stringify({ apiVersion: API_VERSION, kind: 'RecipeSpec', metadata: { name }, spec }),
    );
  }

  log(uid: string, dir: string, lines: readonly (Partial<LogLine> & { text: string })[]): Promise<void> {
    const text = lines
      .map((line) => ({ time: minutesAgo(5), level: 'info', from: 'ccci', ...line }))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    return this.write(join(this.layout.stagesDir(uid), dir, 'log.ndjson'), text);
  }

  /** This test process plays the controller. */
  async startController(): Promise<void> {
    const startTime = await startTimeOf(process.pid);
    const text = JSON.stringify({ pid: process.pid, startTime, startedAt: NOW.toISOString() });
    await this.write(this.layout.lockFile, text);
  }

  async call(...words: string[]): Promise<Answer> {
    const out = { ...sink(), isTTY: this.tty };
    const err = { ...sink(), isTTY: this.tty };
    const code = await runCtl(words, this.#world(out, err));
    const plain = (text: string): string => text.replaceAll(this.root, '/tmp/x');
    return { code, out: plain(out.text), err: plain(err.text) };
  }

  #world(out: Sink, err: Sink): World {
    return {
      out,
      err,
      env: {
        LANG: 'C.UTF-8',
        USER: 'ada',
        ...this.env,
        CCCI_STATE_DIR: this.layout.root,
        CCCI_RECIPES_DIR: this.recipes,
        CCCI_TESTS_DIR: join(this.root, 'tests'),
      },
      cwd: this.root,
      nodeVersion: 'v26.0.0',
      now: () => new Date(this.#now),
      pause: (ms) => this.#pause(ms),
      terminated: () => this.term.signal,
      stdin: () => Promise.resolve(this.stdin),
      newId: () => `id${++this.#ids}`,
      resolveRef: this.resolveRef,
      uncommitted: () => Promise.resolve(this.uncommitted),
      cluster: () => Promise.resolve(this.cluster),
      proxy: (_config, wanted) => {
        this.proxyWanted = wanted;
        return Promise.resolve('deployed');
      },
      rotateProxy: (_config, files) => {
        this.rotated = files;
        return Promise.resolve('rotated');
      },
      ground: (_config, wish) => {
        this.groundWanted = wish;
        return Promise.resolve('unchanged');
      },
      mirror: (config, wanted) => this.mirror(config, wanted),
      probes: (config) =>
        Promise.resolve({ config, nodeVersion: 'v26.0.0', now: () => NOW, ...this.probes } as Probes),
    };
  }

  async #pause(ms: number): Promise<void> {
    this.#now += ms;
    await turn();
    if (this.patience-- <= 0) throw new Interrupted('Interrupted.');
    await this.meanwhile.shift()?.();
  }
}
