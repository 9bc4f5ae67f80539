import { describe, expect, it } from 'vitest';
import { composeFacts } from '../../domain/recipe/compose-facts.ts';
import type { ServiceSeen, ServiceSpec } from '../../ports.ts';
import { baseProofOf } from './identity.ts';

const STACK = 'web_ci_test';
const COMMIT = 'abcdef0123456789abcdef0123456789abcdef01';
const label = (name: string): string => `coop-cloud.${STACK}.${name}`;

const facts = composeFacts({
  files: [
    {
      path: 'compose.yml',
      text: `services:
  app:
    image: web:1
    configs: [conf]
    deploy: { labels: ["coop-cloud.\${STACK_NAME}.version=1.1.0+1"] }
  db: { image: "db:1" }
configs:
  conf: { name: "\${STACK_NAME}_conf_v1", file: conf }
`,
    },
  ],
  env: { STACK_NAME: STACK },
  stack: STACK,
});

interface Runs {
  readonly labels?: Readonly<Record<string, string>>;
  readonly app?: { readonly image?: string; readonly configs?: readonly string[] };
  readonly db?: string | null;
}

const proofOf = (
  { labels = { [label('version')]: '1.1.0+1' }, app = {}, db = 'db:1' }: Runs,
  deployed: 'pinned' | 'chaos',
): unknown => {
  const service = { name: 'app', labels } as ServiceSeen;
  const spec = (name: string, image: string, configs: readonly string[] = []): ServiceSpec =>
    ({ name, image, configs: configs.map((config) => ({ name: config })) }) as unknown as ServiceSpec;
  const { image = 'web:1@sha256:12', configs = [`${STACK}_conf_v1`] } = app;
  return baseProofOf({
    stack: { stack: STACK, services: [service], things: [] },
    specs: [spec('app', image, configs), ...(db === null ? [] : [spec('db', db)])],
    facts,
    version: '1.1.0+1',
    commit: COMMIT,
    deployed,
  });
};

describe('what ran before the upgrade', () => {
  it('is proven by label, images and configs', () => {
    expect(proofOf({}, 'pinned')).toEqual({
      label: '1.1.0+1',
      services: [
        { name: 'app', image: 'web:1@sha256:12', configs: [`${STACK}_conf_v1`] },
        { name: 'db', image: 'db:1', configs: [] },
      ],
    });
  });

  it.each<{ because: string; runs: Runs; deployed?: 'pinned' | 'chaos' }>([
    { because: 'the version with a v is the same', runs: { labels: { [label('version')]: 'v1.1.0+v1' } } },
    {
      because: 'deployed by its commit it bears the commit',
      runs: { labels: { [label('chaos-version')]: 'abcdef01' } },
      deployed: 'chaos',
    },
  ])('is right where $because', ({ runs, deployed = 'pinned' }) => {
    expect(() => proofOf(runs, deployed)).not.toThrow();
  });

  it.each<{ because: string; runs: Runs; deployed?: 'pinned' | 'chaos'; says: RegExp }>([
    { because: 'another version is deployed', runs: { labels: { [label('version')]: '1.0.0+1' } }, says: /label of service "app" is "1\.0\.0\+1"/ },
    { because: 'none is', runs: { labels: {} }, says: /label of service "app" is ""/ },
    { because: 'another commit is', runs: { labels: { [label('chaos-version')]: '12345678' } }, deployed: 'chaos', says: /commit is "12345678", not abcdef01/ },
    { because: 'an image is another', runs: { app: { image: 'web:2' } }, says: /"app" has the image web:2, not web:1/ },
    { because: 'an image only begins alike', runs: { app: { image: 'web:12' } }, says: /web:12/ },
    { because: 'a service is not there', runs: { db: null }, says: /"db" has the image nothing/ },
    { because: 'a config is another', runs: { app: { configs: [`${STACK}_conf_v2`] } }, says: /the configs \S+_conf_v2, not \S+_conf_v1/ },
    { because: 'a config is missing', runs: { app: { configs: [] } }, says: /the configs none, not/ },
  ])('is ours to mend where $because', ({ runs, deployed = 'pinned', says }) => {
    const proven = (): unknown => proofOf(runs, deployed);
    expect(proven).toThrow(says);
    expect(proven).toThrow(expect.objectContaining({ fault: 'infra', failure: expect.objectContaining({ reason: 'WrongCommit' }) as unknown }) as Error);
  }); // oxfmt-ignore
});
