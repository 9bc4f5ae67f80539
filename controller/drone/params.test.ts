import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BuildParams } from '../builds.ts';
import { checkedParams } from './params.ts';

const PARAMS: BuildParams = {
  RECIPE: 'ghost',
  REF: 'main',
  PR: '12',
  SRC: '/srv/ghost',
  RUN: 'ghost-pr12-c9',
};

function taken(over: Partial<BuildParams>): BuildParams | null {
  try {
    return checkedParams({ ...PARAMS, ...over });
  } catch {
    return null;
  }
}

it('lets nothing out that a shell, YAML or Drone reads as more than letters', () => {
  const key = fc.constantFrom('RECIPE', 'REF', 'PR', 'SRC', 'RUN');
  const harmful = fc.constantFrom(
    ...'" \' ` $ \\ ; & | < > ( ) { } [ ] * ? ! # \t \n \r \0 é \u202E'.split(' '),
    ' ',
  );
  const text = fc.tuple(fc.string(), harmful, fc.string()).map((parts) => parts.join(''));
  fc.assert(fc.property(key, text, (name, value) => taken({ [name]: value }) === null));
  expect(taken({})).toEqual(PARAMS);
});

it('lets no password out, however it stands in an address', () => {
  const plain = fc.stringMatching(/^[A-Za-z0-9._~%+-]{1,20}$/);
  const scheme = fc.constantFrom('https://', 'http://', 'ssh://', 'git://', 'HTTPS://', '');
  fc.assert(
    fc.property(scheme, plain, plain, (start, user, password) => {
      expect(taken({ SRC: `${start}${user}:${password}@git.example.org/x.git` })).toBeNull();
    }),
  );
});
