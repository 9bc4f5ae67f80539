import { describe, expect, it } from 'vitest';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import type { Accepted } from '../../api/test-run-status.ts';
import { stepLimitMs } from './limits.ts';

const MINUTE = 60_000;

function accepted(upgrade: object, more: object = {}): Accepted {
  const spec = {
    category: 'simple',
    source: { repo: '/srv/x' },
    health: { timeout: '5m' },
    upgrade,
    ...more,
  };
  return { recipe: RecipeSpecBody.parse(spec) } as Accepted;
}

describe('stepLimitMs', () => {
  it.each([
    { because: 'teardown has one of its own', step: 'teardown', upgrade: {}, minutes: 5 },
    {
      because: 'a deploying stage has the app’s time and a floor',
      step: 'install',
      upgrade: {},
      minutes: 15,
    },
    { because: 'an upgrade from the newest as well', step: 'upgrade', upgrade: {}, minutes: 15 },
    {
      because: 'the way back is a deploy more, and the head again',
      step: 'upgrade',
      upgrade: { rollback: true },
      minutes: 15 + 2 * 6,
    },
    {
      because: 'four older versions are two deploys each, and the head again',
      step: 'upgrade',
      upgrade: { from: 'all' },
      minutes: 15 + 9 * 6,
    },
    {
      because: 'what is asked of the upgrade is no other stage’s',
      step: 'backup',
      upgrade: { from: 'all', rollback: true },
      minutes: 15,
    },
  ] as const)('$because', ({ step, upgrade, minutes }) => {
    expect(stepLimitMs(step, accepted(upgrade))).toBe(minutes * MINUTE);
  });

  it('has time for the backup of the version before, where it is made and where it is restored', () => {
    const asked = accepted({ rollback: true }, { backup: { fromPrevious: true } });
    expect(stepLimitMs('upgrade', asked)).toBe((15 + 3 * 6) * MINUTE);
    expect(stepLimitMs('restore', asked)).toBe((15 + 2 * 6) * MINUTE);
    expect(stepLimitMs('backup', asked)).toBe(15 * MINUTE);
  });

  it('has time for services that come back slowly where they are killed, and only there', () => {
    const asked = accepted({}, { resilience: true });
    expect(stepLimitMs('test', asked)).toBe((15 + 3 * 6) * MINUTE);
    expect(stepLimitMs('backup', asked)).toBe(15 * MINUTE);
    expect(stepLimitMs('test', accepted({}))).toBe(15 * MINUTE);
  });
});
