import { describe, expect, it } from 'vitest';
import { inVersion, OVERLAY, PINS, readOverlay, strayOverlays, withAdded } from './overlay.ts';

const GOOD = `# WHY: the first start migrates for four minutes, and no variable sets start_period
# UPSTREAM: https://git.example.org/coop-cloud/ghost/pulls/7

services:
  app:
    healthcheck: { start_period: 5m }
`;

it.each([
  { because: 'that has none gets that of the recipe', text: GOOD, version: '3.8', want: `version: "3.8"\n${GOOD}` },
  { because: 'that has one keeps it', text: 'version: "3.7"\n', version: '3.8', want: 'version: "3.7"\n' },
  { because: 'of a recipe without one has none', text: GOOD, version: null, want: GOOD },
])('the version of an overlay $because', ({ text, version, want }) => {
  expect(inVersion(text, version)).toBe(want);
}); // oxfmt-ignore

describe('readOverlay', () => {
  it('reads who needs it and where upstream was told', () => {
    expect(readOverlay(GOOD)).toEqual({
      ok: true,
      header: {
        why: 'the first start migrates for four minutes, and no variable sets start_period',
        upstream: 'https://git.example.org/coop-cloud/ghost/pulls/7',
      },
    });
  });

  it.each([
    { because: 'nothing at all', text: '', problem: 'WHY' },
    { because: 'no reason', text: GOOD.replace('WHY:', 'Because:'), problem: 'WHY' },
    { because: 'an empty reason', text: GOOD.replace(/WHY:.*/, 'WHY:  '), problem: 'WHY' },
    { because: 'no address', text: GOOD.replace('UPSTREAM', 'SEE'), problem: 'UPSTREAM' },
    { because: 'an address that is none', text: GOOD.replace(/https:.*/, 'soon'), problem: 'UPSTREAM' },
    { because: 'a host is not an issue', text: GOOD.replace(/https:.*/, 'https://x'), problem: 'UPSTREAM' },
    { because: 'the header comes too late', text: `services: {}\n${GOOD}`, problem: 'WHY' },
    { because: 'only as YAML', text: 'WHY: because\nUPSTREAM: https://x/y\n', problem: 'WHY' },
  ])('refuses $because', ({ text, problem }) => {
    expect(readOverlay(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe('strayOverlays', () => {
  it('are compose files by any other name', () => {
    const names = ['compose.ccci.yml', 'compose.yml', 'compose.ci.yaml', 'docker-compose.yml', 'notes.md'];
    expect(strayOverlays(names)).toEqual(['compose.yml', 'compose.ci.yaml', 'docker-compose.yml']);
  });
});

describe('COMPOSE_FILE with what is added', () => {
  it.each([
    { before: undefined, after: 'compose.yml:compose.ccci.yml' },
    { before: '', after: 'compose.yml:compose.ccci.yml' },
    { before: 'compose.yml:compose.db.yml', after: 'compose.yml:compose.db.yml:compose.ccci.yml' },
    { before: 'compose.yml:compose.ccci.yml', after: 'compose.yml:compose.ccci.yml' },
  ])('$before becomes $after', ({ before, after }) => {
    expect(withAdded(before, [OVERLAY])).toBe(after);
  });

  it('ends with the pins, so that no overlay takes an image back', () => {
    expect(withAdded('compose.yml', [OVERLAY, PINS])).toBe(
      'compose.yml:compose.ccci.yml:compose.ccci-bump.yml',
    );
  });
});
