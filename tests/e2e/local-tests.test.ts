/** Tests that a recipe's own repository brings, in whole runs: they are judged, shown, and let out to nothing but the app. */
import { createServer } from 'node:http';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResults } from '../../controller/api/results.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ensurePackages } from '../sandbox/packages.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { addFiles, flakes, good, LOCAL_CASES, type LocalCase, type Machine } from './defects/local-tests.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { isAll } from './variants.ts';

const AT_ONCE = 3;
const isStarted = ({ core }: LocalCase): boolean => isAll || core === true;
const STARTED = LOCAL_CASES.filter(isStarted);

let inst: Installation;
let machine: Machine;
const service = createServer((_request, response) => response.end('a service of this machine'));
const ended = new Map<string, { status: TestRunStatusBody; results: RunResults }>();

async function start({ name, settings = {}, files }: LocalCase): Promise<void> {
  const { path } = await makeVariantRepo({ base: 'tiny-web', name, into: inst.repos }, (dir) =>
    addFiles(dir, files(machine)),
  );
  await inst.enrol(name, path, settings);
  await inst.run(name, { recipe: name, source: { repo: path, ref: 'main' }, stages: ['install', 'test'] });
}

beforeAll(async () => {
  await ensurePackages(['tests']);
  inst = await makeInstallation({ maxTests: AT_ONCE });
  await new Promise<void>((listening) => service.listen(0, inst.sandbox.gateway, listening));
  machine = {
    dockerSocket: inst.sandbox.dockerHost.replace('unix://', ''),
    stateDir: inst.config.stateDir,
    address: inst.sandbox.address,
    zone: inst.sandbox.zone,
    service: `${inst.sandbox.gateway}:${(service.address() as AddressInfo).port}`,
  };
  for (const each of STARTED) await start(each);
  void inst.startController();
  await Promise.all(
    STARTED.map(async ({ name }) => {
      const status = await inst.finished(name, 600_000);
      ended.set(name, { status, results: await inst.results(name) });
    }),
  );
});

afterAll(async () => {
  service.close();
  await inst.destroy();
});

function endOf(name: string): { status: TestRunStatusBody; results: RunResults } {
  const found = ended.get(name);
  if (found === undefined) throw new Error(`The run ${name} did not end.`);
  return found;
}

const testsOf = ({ steps }: RunResults): RunResults['steps'][number]['tests'] =>
  steps.find(({ name }) => name === 'test')?.tests ?? [];

const shown = ({ file, name, state, quarantined }: RunResults['steps'][number]['tests'][number]): string =>
  `${file}: ${name}: ${state}${quarantined === true ? ', quarantined' : ''}`;

describe('tests of the recipe’s own', () => {
  it.for(LOCAL_CASES)('$name: $because', ({ name, want, core }, { skip }) => {
    skip(!isAll && core !== true, 'not of the core: bin/test --all');
    const { status, results } = endOf(name);
    const own = testsOf(results).filter(({ source }) => source === 'recipe');
    expect({ verdict: status.verdict, reason: status.cause?.reason }).toEqual({
      verdict: want.verdict,
      reason: want.cause?.reason,
    });
    expect(own.map(shown)).toEqual(want.tests);
    if (want.cause !== null) expect(status.cause?.message).toMatch(want.cause.message);
    const said = own.at(-1)?.message ?? '';
    if (want.said !== undefined) expect(said).toMatch(want.said);
    if (want.notSaid !== undefined) expect(said).not.toMatch(want.notSaid);
    expect(results.leftovers).toEqual([]);
  });

  it('were told of things that do answer, outside of the sandbox', async () => {
    expect(await (await fetch(`http://${machine.service}/`)).text()).toContain('a service');
    expect((await stat(machine.dockerSocket)).isSocket()).toBe(true);
    expect((await stat(machine.stateDir)).isDirectory()).toBe(true);
  });

  it('stand beside ours, and each says whose it is', () => {
    const tests = testsOf(endOf(good.name).results);
    expect(new Set(tests.map(({ source }) => source))).toEqual(new Set(['ccci', 'recipe']));
    expect(endOf(good.name).status.steps.find(({ name }) => name === 'test')?.state).toBe('passed');
  });

  it('are named where they failed and did not count, as is a quarantine that does nothing', () => {
    const { status, results } = endOf(flakes.name);
    const stepOf = (step: string): string => results.steps.find(({ name }) => name === step)?.message ?? '';
    expect(status.message).toContain('Quarantined tests failed: test.');
    expect(stepOf('test')).toMatch(
      /1 quarantined test failed: tests\/flaky\.sh: flaky\.sh, until \d{4}-\d\d-\d\d\./,
    );
    expect(stepOf('test')).toContain(
      'names a test that did not run: "tests/chek.sh: check.sh". Did you mean "tests/check.sh: check.sh"?',
    );
    expect(stepOf('prepare')).toContain(
      'The quarantine of "tests/check.sh: check.sh" does not count: it ended on',
    );
  });

  it('leave no process behind, and no log that fills the disk', async () => {
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
    const commands = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    expect(commands.filter((command) => /^sleep\0(?:98765|97531)\0/.test(command))).toEqual([]);
    for (const { status } of ended.values()) {
      const log = join(inst.layout.stepDir(status.uid, { attempt: 1, step: 'test', round: 1 }), 'log.ndjson');
      expect((await stat(log)).size).toBeLessThan(1_000_000);
    }
  });

  it('are told to have been cut where they were', async ({ skip }) => {
    skip(!isAll, 'not of the core: bin/test --all');
    const { uid } = endOf('local-prints-1-gb').status;
    const log = join(inst.layout.stepDir(uid, { attempt: 1, step: 'test', round: 1 }), 'log.ndjson');
    const text = await readFile(log, 'utf8');
    for (const part of ['the first', 'the last', 'bytes of output are left out here'])
      expect(text).toContain(part);
  });
});
