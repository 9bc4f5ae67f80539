import { describe, expect, it } from 'vitest';
import type { ServiceSpec, Thing } from '../ports.ts';
import { oldSecrets, usesVersion } from './secret-versions.ts';

const STACK = 'traefik_ci_test';
const specWith = (...names: readonly string[]): ServiceSpec =>
  ({ name: 'app', secrets: names.map((name) => ({ name: `${STACK}_${name}` })) }) as unknown as ServiceSpec;
const thing = (name: string, kind: Thing['kind'] = 'secret'): Thing => ({
  kind,
  id: name,
  name: `${STACK}_${name}`,
  stack: null,
  createdAt: new Date(0),
});

describe('the proxy’s certificate', () => {
  it.each([
    {
      because: 'both secrets are of the version',
      specs: [specWith('ssl_cert_c2', 'ssl_key_c2')],
      uses: true,
    },
    { because: 'only the certificate is', specs: [specWith('ssl_cert_c2', 'ssl_key_c1')], uses: false },
    {
      because: 'the version only begins like it',
      specs: [specWith('ssl_cert_c22', 'ssl_key_c22')],
      uses: false,
    },
    { because: 'there is no proxy', specs: [], uses: false },
  ])('is the wanted one: $uses, where $because', ({ specs, uses }) => {
    expect(usesVersion(specs, STACK, 'c2')).toBe(uses);
  });

  it('leaves no older version behind, and takes nothing else with it', () => {
    const things = [
      ...['ssl_cert_c1', 'ssl_key_c1', 'ssl_cert_c2', 'ssl_key_c2', 'basic_auth_v1', 'ssl_cert_c3'].map(
        (name) => thing(name),
      ),
      thing('ssl_cert_c1', 'config'),
    ];
    // c3 is used by a service of the stack, whatever it is for.
    const specs = [specWith('ssl_cert_c2', 'ssl_key_c2'), specWith('ssl_cert_c3')];
    const old = oldSecrets(things, specs, { stack: STACK, version: 'c2' });
    expect(old.map(({ name }) => name)).toEqual([`${STACK}_ssl_cert_c1`, `${STACK}_ssl_key_c1`]);
  });
});
