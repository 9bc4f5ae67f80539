import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ComposeFacts, composeFacts } from './compose-facts.ts';
import { bumpProblem, bumpScope, bumpText, heldBack, imageChanges, pinsText } from './image-bumps.ts';

const recipe = (images: Readonly<Record<string, string | null>>, path = 'compose.yml'): ComposeFacts => {
  const services = Object.entries(images).map(
    ([name, image]) => `  ${name}:\n    ${image === null ? 'init: true' : `image: ${image}`}\n`,
  );
  return composeFacts({
    files: [{ path, text: `services:\n${services.join('')}` }],
    env: { TAG: '9' },
    stack: 's',
  });
};

const old = recipe({ app: 'wiki:1', db: 'mariadb:10.6', cache: 'redis:7', gone: 'x:1', built: null });
const head = recipe({ app: 'wiki:2', db: 'mariadb:11.4', cache: 'redis:7', fresh: 'y:1', built: 'z:1' });
const changes = [
  { service: 'app', from: 'wiki:1', to: 'wiki:2' },
  { service: 'db', from: 'mariadb:10.6', to: 'mariadb:11.4' },
];

describe('the images that a head changes', () => {
  it('are those of services that both versions have, in the order of the head', () => {
    expect(imageChanges(old, head)).toEqual(changes);
  });

  it('are compared with their variables filled in', () => {
    expect(imageChanges(recipe({ app: 'wiki:9' }), recipe({ app: 'wiki:${TAG}' }))).toEqual([]);
  });

  it('are taken back but for those that are asked for', () => {
    expect(heldBack({ only: ['db'] }, changes)).toEqual([changes[0]]);
    expect(heldBack({ only: [] }, changes)).toEqual(changes);
  });
});

describe('the file that takes them back', () => {
  it('pins the older images, for the version of compose files that the recipe has', () => {
    expect(parse(pinsText(changes, '3.8'))).toEqual({
      version: '3.8',
      services: { app: { image: 'wiki:1' }, db: { image: 'mariadb:10.6' } },
    });
  });

  it('has no version where the recipe has none, and is a compose file also where nothing is pinned', () => {
    expect(pinsText([], null)).toBe('services: {}\n');
  });

  it('is read by docker as it was meant, whatever the image is called', () => {
    const text = pinsText([{ service: 'app', from: 'a$TAG', to: 'b' }], null);
    const { services } = composeFacts({ files: [{ path: 'p', text }], env: { TAG: '9' }, stack: 's' });
    expect(services[0]?.image).toBe('a$TAG');
  });
});

describe('bumps that cannot be applied alone', () => {
  const asked = { previous: '1.0.0+1', changes, old, head };

  it.each([
    { because: 'a bump that there is', only: ['db'], says: null },
    { because: 'several', only: ['db', 'app'], says: null },
    { because: 'none at all', only: [], says: null },
    {
      because: 'a service that is near another',
      only: ['dbb'],
      says: 'no service "dbb" (did you mean "db"?).',
    },
    { because: 'a service that nobody knows', only: ['mailserver'], says: 'no service "mailserver".' },
    { because: 'a service that is gone', only: ['gone'], says: 'there is no service "gone"' },
    { because: 'an image that did not change', only: ['cache'], says: 'is the one that 1.0.0+1 has.' },
    { because: 'a service that is new', only: ['db', 'fresh'], says: '"fresh" is new since 1.0.0+1' },
  ])('$because', ({ only, says }) => {
    const found = bumpProblem({ ...asked, bump: { only } });
    expect(found === null).toBe(says === null);
    expect(found?.reason ?? 'BumpNotApplied').toBe('BumpNotApplied');
    expect(found?.message ?? '').toContain(says ?? '');
    expect(found?.evidence ?? '').toContain(
      says === null ? '' : 'Changed: app (wiki 1 → 2), db (mariadb 10.6 → 11.4).',
    );
  });

  it('are those that would keep an image in a file that an older .env does not name', () => {
    const moved = recipe({ app: 'wiki:2', db: 'mariadb:11.4' }, 'compose.all.yml');
    const found = bumpProblem({ ...asked, head: moved, bump: { only: ['app'] } });
    expect(found?.message).toContain(
      'service "db" stands in a compose file now that the COMPOSE_FILE of 1.0.0+1',
    );
    expect(bumpProblem({ ...asked, head: moved, bump: { only: ['app', 'db'] } })).toBeNull();
  });

  it('are all of them where nothing is published', () => {
    const found = bumpProblem({ ...asked, previous: null, bump: { only: [] } });
    expect(found?.message).toContain('no version is published before this commit');
  });
});

describe('words', () => {
  it.each([
    { from: 'mariadb:10.6', to: 'mariadb:11.4', text: 'mariadb 10.6 → 11.4' },
    { from: 'r.example:5000/a/b:1', to: 'r.example:5000/a/b:2', text: 'r.example:5000/a/b 1 → 2' },
    { from: 'a:1@sha256:00', to: 'a:2@sha256:11', text: 'a 1 → 2' },
    { from: 'a:1@sha256:00', to: 'a:1@sha256:11', text: 'a:1@sha256:00 → a:1@sha256:11' },
    { from: 'a', to: 'a:2', text: 'a → a:2' },
    { from: 'mysql:8', to: 'mariadb:11', text: 'mysql:8 → mariadb:11' },
  ])('$from, then $to: $text', ({ from, to, text }) => {
    expect(bumpText({ from, to })).toBe(text);
  });

  it.each([
    { only: [], text: 'With no image bumped' },
    { only: ['db'], text: 'With only the image of "db" bumped' },
    { only: ['a', 'b', 'c'], text: 'With only the images of "a", "b" and "c" bumped' },
  ])('$only is "$text"', ({ only, text }) => {
    expect(bumpScope({ only })).toBe(text);
  });
});
