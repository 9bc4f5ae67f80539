/** The parts of a stage's context for tests: a test names what it is about, and whatever else it asks of the tools throws. */
import type { z } from 'zod';
import { type Abra, makeAbra } from '../../abra/driver.ts';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import type { StageRequest } from '../../api/stage.ts';
import { readConfig } from '../../config.ts';
import { makeRedactor } from '../../domain/secrets/redact.ts';
import type { Swarm } from '../../ports.ts';
import { systemClock } from '../../runtime/clock.ts';
import { makeLayout } from '../../store/layout.ts';
import type { App, Step, Tools } from './context.ts';
import type { StageLog } from './stage-log.ts';

type Settings = Partial<z.input<typeof RecipeSpecBody>>;

/** The recipe `web` on a domain of its own; files lie below `dir`, where a test has any. */
export function appOf(
  dir: string,
  {
    request = {},
    settings = {},
    ...over
  }: Partial<Omit<App, 'request'>> & {
    readonly request?: Partial<StageRequest>;
    readonly settings?: Settings;
  } = {},
): App {
  const layout = makeLayout(dir);
  const uid = request.uid ?? 'u1';
  const config = readConfig({});
  return {
    request: {
      run: 'web',
      uid,
      attempt: 1,
      step: 'install',
      round: 1,
      limitMs: 60_000,
      server: { name: 'default', abraServer: 'default' },
      recipe: 'web',
      source: { repo: '/x', ref: 'main' },
      app: { domain: 'web.ci.test', stack: 'web_ci_test' },
      slot: 1,
      stages: ['install'],
      settings: RecipeSpecBody.parse({
        category: 'simple',
        source: { repo: '/x' },
        ...settings,
      }),
      earlier: [],
      ...request,
    },
    config,
    layout,
    checkout: dir,
    artifacts: dir,
    sidecar: `${dir}/app.json`,
    env: config.baseEnv,
    ...over,
  };
}

export function logOf(said: string[] = []): StageLog {
  const say = (line: string): void => void said.push(line);
  return { say, from: () => say, hide: () => undefined, redact: makeRedactor([]), close: () => undefined };
}

/** Time passes where it is waited, and nowhere else. */
export function timeOf(start = 0): Pick<Step, 'clock' | 'wait'> & { ms(): number } {
  let now = start;
  return {
    clock: { now: () => new Date(now) },
    wait: async (ms) => void (now += ms),
    ms: () => now,
  };
}

export function stepOf(over: Partial<Step> = {}): Step {
  return {
    log: logOf(),
    signal: new AbortController().signal,
    clock: systemClock,
    substep: (_name, work) => work(),
    limited: () => undefined,
    wait: () => Promise.reject(new Error('Nothing was to be waited for.')),
    ...over,
  };
}

const notAsked = (): Promise<never> => Promise.reject(new Error('The test has no answer to this.'));

export function swarmOf(over: Partial<Swarm>): Swarm {
  return {
    info: notAsked,
    observe: notAsked,
    things: notAsked,
    ensureAbsent: notAsked,
    kill: notAsked,
    ensureImage: notAsked,
    logs: notAsked,
    watch: notAsked,
    ...over,
  };
}

/** Where a test answers nothing, there is no executable. */
export function abraOf(over: Partial<Abra> = {}): Abra {
  const nowhere = { bin: '/nowhere/abra', abraDir: '/nowhere', dockerHost: 'unix:///nowhere/docker.sock' };
  return { ...makeAbra({ ...nowhere, kind: 'builtin', env: {} }), ...over };
}

export function toolsOf(over: Partial<Tools> = {}): Tools {
  return {
    swarm: swarmOf({}),
    abra: abraOf(),
    deployer: { kind: 'builtin', version: '1', bin: '/nowhere/abra' },
    prober: { probe: notAsked },
    specs: { specs: notAsked, networks: notAsked, joined: notAsked },
    ...over,
  };
}
