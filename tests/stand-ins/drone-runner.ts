/** The runner of the stand-in for Drone: it really runs a pipeline's steps, and cancels them as little as the exec runner does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pipeline, type PipelineStep, runsAfter } from './drone-pipeline.ts';
import { type BuildDoc, newStep, seconds, type StageDoc, type StepDoc } from './drone-shapes.ts';

/** One entry a write, whatever it is that was written. */
export interface LogEntry {
  readonly pos: number;
  readonly out: string;
  readonly time: number;
}

export interface RunnerOptions {
  /** Workspaces are made in it. */
  readonly root: string;
  readonly repository: string;
  readonly url: string;
  /** Of the host and of DRONE_RUNNER_ENVIRON. */
  readonly env: Readonly<Record<string, string>>;
}

const KILLED = 137;
/** Ends the pipeline as a success, and everything after it is skipped. */
const SKIPS_THE_REST = 78;

export class PipelineRun {
  readonly #build: BuildDoc;
  readonly #stage: StageDoc;
  readonly #pipeline: Pipeline;
  readonly #options: RunnerOptions;
  readonly #workspace: string;
  readonly #children: ChildProcess[] = [];
  readonly #entries = new Map<number, LogEntry[]>();
  /** By the step's number; there once the step is over. */
  readonly logs = new Map<number, readonly LogEntry[]>();
  #ended = false;
  /** Of processes that hold the output of a step: also those that outlive its shell. */
  readonly quiet: Promise<void>[] = [];

  constructor(build: BuildDoc, pipeline: Pipeline, options: RunnerOptions) {
    this.#build = build;
    this.#stage = (build.stages ?? [])[0] as StageDoc;
    this.#pipeline = pipeline;
    this.#options = options;
    this.#workspace = mkdtempSync(join(options.root, 'drone-'));
    for (const folder of ['drone/src', 'home/drone'])
      mkdirSync(join(this.#workspace, folder), { recursive: true });
  }

  /** All that its steps wrote so far, whether Drone would show it yet or not. */
  text(): string {
    return [...this.#entries.values()].flatMap((entries) => entries.map(({ out }) => out)).join('');
  }

  /** Resolves when the build is over, or was taken away. */
  async run(): Promise<void> {
    const [build, stage] = [this.#build, this.#stage];
    build.status = stage.status = 'running';
    build.started = stage.started = seconds();
    stage.steps = this.#pipeline.steps.map(({ name }, index) => newStep(stage, index + 1, name));
    let failed = false;
    let skipped = false;
    for (const [index, step] of this.#pipeline.steps.entries()) {
      const document = stage.steps[index] as StepDoc;
      if (skipped || !runsAfter(step, failed)) document.status = 'skipped';
      else {
        const code = await this.#runStep(step, document);
        if (this.#ended) return;
        failed ||= code !== 0 && code !== SKIPS_THE_REST;
        skipped ||= code === SKIPS_THE_REST;
      }
    }
    this.#end(failed ? 'failure' : 'success');
  }

  /** As a time limit does too: the shell of the step gets SIGKILL and nobody else a signal, and the workspace goes. */
  cancel(): void {
    if (this.#ended) return;
    for (const step of this.#stage.steps ?? []) {
      if (step.status === 'pending') step.status = 'skipped';
      if (step.status === 'running') this.#endStep(step, KILLED, 'killed');
    }
    this.#end('killed');
    this.kill();
    rmSync(this.#workspace, { recursive: true, force: true });
  }

  /** The runner is gone: the step goes on, the build stays as it is, and its log is lost. */
  abandon(): void {
    this.#ended = true;
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #end(status: string): void {
    this.#ended = true;
    this.#build.status = this.#stage.status = status;
    this.#build.finished = this.#stage.stopped = seconds();
    rmSync(this.#workspace, { recursive: true, force: true });
  }

  #endStep(step: StepDoc, code: number, status: string): void {
    step.status = status;
    step.exit_code = code;
    step.stopped = seconds();
    this.logs.set(step.number, this.#entries.get(step.number) ?? []);
  }

  #runStep(step: PipelineStep, document: StepDoc): Promise<number> {
    document.status = 'running';
    document.started = seconds();
    const script = join(this.#workspace, `step-${document.number}`);
    const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    writeFileSync(script, step.commands.map((line) => `echo + ${quoted(line)}\n${line}\n`).join(''));
    const child = spawn('/bin/sh', ['-e', script], {
      cwd: join(this.#workspace, 'drone/src'),
      env: { ...this.#environment(document.name), ...step.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    this.#keepOutput(child, document.number);
    this.quiet.push(new Promise((done) => child.once('close', () => done())));
    return new Promise((done) => {
      child.once('exit', (code) => {
        const exit = code ?? KILLED;
        // What it wrote last may still be on its way.
        setImmediate(() => {
          if (!this.#ended)
            this.#endStep(document, exit, [0, SKIPS_THE_REST].includes(exit) ? 'success' : 'failure');
          done(exit);
        });
      });
    });
  }

  #keepOutput(child: ChildProcess, step: number): void {
    const entries: LogEntry[] = [];
    this.#entries.set(step, entries);
    const keep = (chunk: Buffer): void =>
      // A letter that two writes share is broken in both.
      void entries.push({ pos: entries.length, out: chunk.toString('utf8'), time: 0 });
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Later ones win: the parameters over the runner's own, Drone's names over the parameters. */
  #environment(step: string): Record<string, string> {
    const { env, repository, url } = this.#options;
    return {
      ...env,
      ...this.#build.params,
      CI: 'true',
      DRONE: 'true',
      DRONE_REPO: repository,
      DRONE_BRANCH: this.#build.target,
      DRONE_COMMIT_SHA: this.#build.after,
      DRONE_BUILD_NUMBER: String(this.#build.number),
      DRONE_BUILD_EVENT: this.#build.event,
      DRONE_BUILD_LINK: `${url}/${repository}/${this.#build.number}`,
      DRONE_STEP_NAME: step,
      DRONE_BUILD_STATUS: 'success',
      DRONE_WORKSPACE: join(this.#workspace, 'drone/src'),
      HOME: join(this.#workspace, 'home/drone'),
    };
  }
}
