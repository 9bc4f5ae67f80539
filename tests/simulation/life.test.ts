/** Whole runs with real processes on a simulated swarm. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

let world: World;
const open = (options?: WorldOptions): World => (world = makeWorld(options));
const finished = (name: string) => (): boolean => world.status(name)?.finishedAt != null;

afterEach(async () => {
  await world.stop();
  world.destroy();
});

describe('a run', () => {
  it.each([
    {
      because: 'a healthy app passes',
      fate: 'healthy',
      want: { verdict: 'Passed', level: 1, reason: undefined },
    },
    {
      because: 'a crash loop fails, with its cause',
      fate: 'crashes',
      want: { verdict: 'Failed', level: 0, reason: 'TaskExited' },
    },
    {
      because: 'what teardown could not remove at first is red, though everything was green',
      fate: 'stubborn',
      want: { verdict: 'Failed', level: 1, reason: 'Leftovers' },
    },
  ] as const)('$because, and leaves nothing', async ({ fate, want }) => {
    open({ fate });
    world.addRun('one');
    void world.start();
    await world.until('finished', finished('one'));
    const { verdict, level, cause, conditions } = world.status('one') ?? {};
    expect({ verdict, level, reason: cause?.reason }).toEqual(want);
    expect(conditions?.find((each) => each.type === 'Cleaned')?.status).toBe('True');
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });

  it('is compared with the green runs before it, and stays green where it takes more than they did', async () => {
    open({ maxTests: 3 });
    const before = ['a', 'b', 'c'];
    for (const name of before) world.addRun(name);
    void world.start();
    await world.until('three finished', () => before.every((name) => finished(name)()));
    world.addRun('grown');
    await world.until('finished', finished('grown'));
    const { resources, verdict } = await world.results('grown');
    expect(verdict).toBe('Passed');
    expect(resources?.comparison).toMatchObject({
      runs: 3,
      notCompared: null,
      rows: [{ what: 'memory of "app"', percent: 100, since: '1.0.0+1', flagged: true }],
    });
    const alone = (await Promise.all(before.map((name) => world.results(name)))).map(
      (each) => each.resources?.comparison,
    );
    for (const comparison of alone)
      expect(comparison).toMatchObject({ rows: [], notCompared: expect.stringContaining('3 are needed') });
  });

  it('is reconciled a bounded number of times', async () => {
    open();
    world.addRun('one');
    void world.start();
    await world.until('finished', finished('one'));
    // About 4 steps of start, signal, exit and swarm events; a loop over its own writes would be thousands.
    expect(world.lines('reconciles.log').length).toBeLessThan(80);
    expect(world.lines('writes.log').length).toBeLessThan(40);
  });

  it('that is cancelled mid-stage stops, is cleaned and says so', async () => {
    open({ fate: 'hangs' });
    world.addRun('one');
    void world.start();
    await world.until(
      'install runs',
      () =>
        world.status('one')?.steps.some((step) => step.name === 'install' && step.state === 'running') ===
        true,
    );
    world.addRun('one', { cancel: true });
    await world.until('finished', finished('one'));
    expect(world.status('one')?.verdict).toBe('Cancelled');
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });

  it('past its timeout is stopped and timed out', async () => {
    open({ fate: 'hangs' });
    world.addRun('one', { timeout: '2s' });
    void world.start();
    await world.until('finished', finished('one'));
    expect(world.status('one')?.verdict).toBe('TimedOut');
    expect(world.status('one')?.message).toContain('The run took longer than its timeout');
  });

  it('whose document is deleted is cleaned before its status goes', async () => {
    open({ fate: 'hangs' });
    world.addRun('one');
    void world.start();
    await world.until(
      'install runs',
      () =>
        world.status('one')?.steps.some((step) => step.name === 'install' && step.state === 'running') ===
        true,
    );
    world.removeRun('one');
    await world.until('forgotten', () => world.status('one') === null);
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });

  it('waits while Docker does not answer, and goes on when it does', async () => {
    open();
    await world.swarm.setUnreachable('test');
    world.addRun('one');
    void world.start();
    await world.until('blind', () => world.status('one')?.phase === 'Blind');
    expect(world.status('one')?.message).toContain('test');
    await world.swarm.setUnreachable(null);
    await world.until('finished', finished('one'));
    expect(world.status('one')?.verdict).toBe('Passed');
  });
});

describe('many runs', () => {
  it('never are more than MAX_TESTS at a time, and go oldest first', async () => {
    open({ maxTests: 1 });
    const names = ['c', 'a', 'b'];
    for (const name of names) {
      world.addRun(name);
      await new Promise((done) => setTimeout(done, 15));
    }
    void world.start();
    let most = 0;
    await world.until('all finished', () => {
      const open = names.filter(
        (name) => world.status(name)?.begunAt != null && world.status(name)?.finishedAt == null,
      );
      most = Math.max(most, open.length);
      return names.every((name) => finished(name)());
    });
    expect(most).toBe(1);
    const began = names.map((name) => world.status(name)?.begunAt ?? '');
    expect([...began].sort()).toEqual(began);
  });

  it('that somebody asked for go before reference runs, which are not interrupted', async () => {
    open({ maxTests: 1 });
    world.hold('install');
    const reference = { trigger: { kind: 'reference' } };
    world.addRun('first', reference);
    void world.start();
    await world.until('the first has begun', () => world.status('first')?.begunAt != null);
    world.addRun('second', reference);
    await world.until('it waits', () => world.status('second')?.queue != null);
    world.addRun('person');
    await world.until('it waits as well', () => world.status('person')?.queue?.position === 1);
    expect(world.status('first')?.finishedAt).toBeNull();
    world.release('install');
    const names = ['first', 'person', 'second'];
    await world.until('all finished', () => names.every((name) => finished(name)()));
    const began = names.map((name) => world.status(name)?.begunAt ?? '');
    expect([...began].sort()).toEqual(began);
  });

  it('of one recipe at once have names of their own', async () => {
    open({ maxTests: 3 });
    for (const name of ['a', 'b', 'c']) world.addRun(name);
    void world.start();
    await world.until('all finished', () => ['a', 'b', 'c'].every((name) => finished(name)()));
    const stacks = ['a', 'b', 'c'].map((name) => world.status(name)?.app?.stack);
    expect(new Set(stacks).size).toBe(3);
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });
});

describe('a run whose things stay', () => {
  it('stops nobody: it gives its slot back after four rounds, keeps its number, and is torn down further', async () => {
    open({ maxTests: 1, fate: 'stuck' });
    world.addRun('stuck');
    void world.start();
    await world.until('begun', () => world.status('stuck')?.begunAt != null);
    world.addRun('next');
    await world.until('both finished', () => finished('stuck')() && finished('next')());
    const [stuck, next] = [statusOf('stuck'), statusOf('next')];
    // Stalled, and not finished: what is left of it may still be in the network of its slot.
    expect(pause(next.begunAt, stuck.finishedAt)).toBeGreaterThan(0);
    expect([stuck.slot, next.slot]).toEqual([1, 2]);
    const rounds = stuck.steps.filter(({ name }) => name === 'teardown');
    expect(rounds.length).toBeGreaterThan(4);
    const pauses = rounds.slice(1).map((round, index) => pause(rounds[index]?.finishedAt, round.startedAt));
    // Each at least the double of what the one before has to be.
    expect(pauses.slice(0, 4).every((ms, index) => ms >= 500 * 2 ** index)).toBe(true);
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });
});

function statusOf(name: string): TestRunStatusBody {
  const status = world.status(name);
  if (status === null) throw new Error(`${name} has no status.`);
  return status;
}

function pause(from: string | null | undefined, to: string | null): number {
  return Date.parse(to ?? '') - Date.parse(from ?? '');
}

describe('several servers', () => {
  it('test one run each at once where one may be tested at a time, and leave nothing on either', async () => {
    open({ maxTests: 1, servers: ['default', 'two'] });
    world.hold('install');
    world.addRun('here');
    world.addRun('there', { server: 'two' });
    void world.start();
    const installs = (name: string) => (): boolean => world.status(name)?.stage === 'install';
    await world.until('both install', () => installs('here')() && installs('there')());
    world.addRun('behind', { server: 'two' });
    world.addRun('nowhere', { server: 'three' });
    await world.until('queued', () => world.status('behind')?.queue != null);
    expect(world.status('behind')?.queue).toEqual({ position: 1, reason: 'waits for there' });
    await world.until('refused', () => world.status('nowhere')?.phase === 'Refused');
    expect(world.status('nowhere')?.message).toContain('There is no server "three"');
    world.release('install');
    // Each app is on the swarm of its server, and nowhere else.
    world.hold('evidence');
    await world.until('both are up', () =>
      ['here', 'there'].every((name) => world.status(name)?.stage === 'evidence'),
    );
    const stackOf = (name: string): string => world.status(name)?.app?.stack ?? '';
    expect([stackOf('here'), stackOf('there')]).toEqual([
      expect.stringMatching(/_ci_test$/),
      expect.stringMatching(/_two_test$/),
    ]);
    const stacksOn = (server: string): string[] => Object.keys(world.swarmOf(server).state().stacks);
    expect([stacksOn('default'), stacksOn('two')]).toEqual([[stackOf('here')], [stackOf('there')]]);
    world.release('evidence');
    await world.until('all finished', () => ['here', 'there', 'behind'].every((name) => finished(name)()));
    for (const [name, server] of [
      ['here', 'default'],
      ['there', 'two'],
      ['behind', 'two'],
    ] as const)
      expect(world.status(name)).toMatchObject({ verdict: 'Passed', server });
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });
});

describe('a controller', () => {
  it('keeps a second one out, and is not kept out by a dead one', async () => {
    open();
    const first = world.start();
    await world.until('locked', () => world.lines('controller.lock').length > 0);
    const second = await world.start();
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toContain('A controller already runs');
    first.kill('SIGKILL');
    await first;
    world.addRun('one');
    void world.start();
    await world.until('finished', finished('one'));
    expect(world.status('one')?.verdict).toBe('Passed');
  });

  it('that is told to stop leaves the stage running and the next one goes on with it', async () => {
    open();
    world.addRun('one');
    const first = world.start();
    await world.until('begun', () => world.status('one')?.phase === 'Running');
    first.kill('SIGTERM');
    expect((await first).exitCode).toBe(0);
    void world.start();
    await world.until('finished', finished('one'));
    expect(world.status('one')).toMatchObject({ verdict: 'Passed', attempt: 1 });
  });

  it('says what is wrong with a bad document, lives on, and takes it once it is mended', async () => {
    open();
    world.addText(
      'bad',
      'apiVersion: ccci.coopcloud.tech/v1\nkind: TestRun\nmetadata: { name: bad }\nspec:\n  recpie: web\n',
    );
    void world.start();
    await world.until('refused', () => world.status('bad')?.phase === 'Refused');
    expect(world.status('bad')?.message).toMatch(
      /bad\.yaml:5:3: spec: unknown key "recpie"\. Did you mean "recipe"\?/,
    );
    world.addRun('bad');
    await world.until('finished', finished('bad'));
    expect(world.status('bad')?.verdict).toBe('Passed');
  });
});
