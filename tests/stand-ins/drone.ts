/**
 * A stand-in for Drone: an HTTP server with the shapes and oddities that Drone 2.25.0 and its exec runner showed, as far as cc-ci
 * uses them: no streams, events, restarts or users.
 * It is no Drone: what it does is what somebody wrote down of the real one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complaintOf, type Pipeline, pipelinesFor, substituted } from './drone-pipeline.ts';
import { answerOf, type Fault, type Said } from './drone-routes.ts';
import { PipelineRun } from './drone-runner.ts';
import { type BuildDoc, newBuild, newStage, paramsOf, REPOSITORY, seconds } from './drone-shapes.ts';

export interface StandInOptions {
  /** The `.drone.yml` of the branch `main`; null where there is none. */
  readonly pipeline: string | null;
  /** DRONE_RUNNER_CAPACITY; 0 is no runner at all. */
  readonly capacity?: number;
  /** What steps inherit of their host and of DRONE_RUNNER_ENVIRON. */
  readonly env?: Readonly<Record<string, string>>;
  /** The real one looks for a missing file for 45 s. */
  readonly missingFileMs?: number;
}

export class StandInDrone {
  pipeline: string | null;
  url = '';
  readonly builds: BuildDoc[] = [];
  /** Method and address of every request, as they came. */
  readonly requests: string[] = [];
  /** What becomes of the next requests, in their order. */
  readonly faults: Fault[] = [];
  readonly missingFileMs: number;
  readonly #capacity: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #root = mkdtempSync(join(tmpdir(), 'stand-in-drone-'));
  readonly #queue: { readonly build: BuildDoc; readonly pipeline: Pipeline }[] = [];
  readonly #runs = new Map<number, PipelineRun>();
  readonly #busy = new Set<number>();
  #server: Server | null = null;

  private constructor({ pipeline, capacity = 1, env = {}, missingFileMs = 45_000 }: StandInOptions) {
    this.pipeline = pipeline;
    this.missingFileMs = missingFileMs;
    this.#capacity = capacity;
    this.#env = env;
  }

  static async start(options: StandInOptions): Promise<StandInDrone> {
    const drone = new StandInDrone(options);
    const server = createServer((request, response) => {
      const asked = `${request.method ?? ''} ${request.url ?? ''}`;
      drone.requests.push(asked);
      request.resume();
      void answerOf(drone, request).then((said) => send(said));
      const send = (said: Said | 'nothing'): void => {
        if (said === 'nothing') return void request.socket.destroy();
        response.writeHead(said.status, said.headers);
        response.end(said.body);
      };
    });
    drone.#server = server;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    drone.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return drone;
  }

  /** Null where no pipeline is for a custom build; `pipeline` must not be. */
  create(query: URLSearchParams): BuildDoc | null {
    const build = newBuild(this.builds.length + 1, query, `${REPOSITORY.owner}/${REPOSITORY.name}`);
    let chosen: Pipeline | undefined;
    try {
      [chosen] = pipelinesFor('custom', substituted(this.pipeline ?? '', paramsOf(query)));
    } catch (error) {
      const { message } = error as Error;
      this.builds.push(build);
      return Object.assign(build, { status: 'error', error: message, finished: seconds() });
    }
    if (chosen === undefined) return null;
    this.builds.push(build);
    build.stages = [newStage(build, chosen.name)];
    this.#queue.push({ build, pipeline: chosen });
    setImmediate(() => this.#pump());
    return build;
  }

  cancel(build: BuildDoc): void {
    const at = this.#queue.findIndex((each) => each.build === build);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      build.status = 'killed';
      build.started = build.finished = seconds();
      for (const stage of build.stages ?? []) stage.status = 'skipped';
      return;
    }
    if (build.status !== 'running') return;
    const run = this.#runs.get(build.number);
    if (this.#busy.has(build.number)) run?.cancel();
    else build.status = 'killed';
    this.#done(build.number);
  }

  /** As somebody's SIGKILL of the runner: what it ran goes on, its builds stay `running`, the next is taken at once. */
  crashRunner(): void {
    // The next builds are taken meanwhile.
    const lost = new Set(this.#busy);
    for (const number of lost) {
      this.#runs.get(number)?.abandon();
      this.#done(number);
    }
  }

  /** Null before the step is over, and where it never ran. */
  log(build: number, step: number): ReturnType<PipelineRun['logs']['get']> | null {
    return this.#runs.get(build)?.logs.get(step) ?? null;
  }

  /** All that a build said so far, step after step: more than Drone shows of a step that runs. */
  text(build: number): string {
    return this.#runs.get(build)?.text() ?? '';
  }

  /** Resolves once no process of any step, orphans included, holds its output any more. */
  async quiet(): Promise<void> {
    for (const run of this.#runs.values()) await Promise.all(run.quiet);
  }

  async close(): Promise<void> {
    this.#queue.length = 0;
    for (const number of this.#busy) this.#runs.get(number)?.cancel();
    for (const run of this.#runs.values()) run.kill();
    await this.quiet();
    this.#server?.closeAllConnections();
    await new Promise<void>((done) => this.#server?.close(() => done()));
    rmSync(this.#root, { recursive: true, force: true });
  }

  #pump(): void {
    while (this.#busy.size < this.#capacity) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const { build, pipeline } = next;
      const complaint = complaintOf(pipeline);
      if (complaint === null) this.#start(build, pipeline);
      else complain(build, complaint);
    }
  }

  #start(build: BuildDoc, pipeline: Pipeline): void {
    const repository = `${REPOSITORY.owner}/${REPOSITORY.name}`;
    const run = new PipelineRun(build, pipeline, {
      root: this.#root,
      repository,
      url: this.url,
      env: this.#env,
    });
    this.#runs.set(build.number, run);
    this.#busy.add(build.number);
    void run.run().then(() => this.#done(build.number));
  }

  #done(number: number): void {
    if (this.#busy.delete(number)) this.#pump();
  }
}

function complain(build: BuildDoc, complaint: string): void {
  build.status = 'error';
  build.started = build.finished = seconds();
  for (const stage of build.stages ?? [])
    Object.assign(stage, { status: 'error', error: complaint, exit_code: 255 });
}
