import { describe, expect, it } from 'vitest';
import type { Finding } from '../../domain/recipe/finding.ts';
import { liftedNote } from './prepare.ts';

const bind = (line: number | null): Finding => ({
  rule: 'HostBind',
  severity: 'error',
  file: line === null ? null : 'compose.yml',
  line,
  message: 'Service "app" mounts /srv.',
  fix: '',
});

describe('what the RecipeSpec allows', () => {
  it.each([
    { because: 'is not said where it is nothing', lifted: [], want: [] },
    {
      because: 'is said with rule, place and what it is',
      lifted: [bind(3), bind(null)],
      want: [
        'Allowed by the RecipeSpec alone: HostBind at compose.yml:3: Service "app" mounts /srv. HostBind: Service "app" mounts /srv.',
      ],
    },
    {
      because: 'is counted beyond five',
      lifted: [1, 2, 3, 4, 5, 6, 7].map(bind),
      want: [expect.stringMatching(/^(?:(?!compose\.yml:6).)* And 2 more\.$/)],
    },
  ])('$because', ({ lifted, want }) => {
    expect(liftedNote(lifted)).toEqual(want);
  });
});
