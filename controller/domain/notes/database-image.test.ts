import { describe, expect, it } from 'vitest';
import { databaseChange } from './database-image.ts';
import { imageRefOf } from '../recipe/image-ref.ts';

describe('imageRefOf', () => {
  it.each([
    { image: 'postgres', want: { name: 'postgres', base: 'postgres', tag: null, digest: null } },
    { image: 'nginx:', want: { name: 'nginx', base: 'nginx', tag: null, digest: null } },
    { image: '', want: { name: '', base: '', tag: null, digest: null } },
    {
      image: 'host:5000/library/Postgres:15.3-alpine@sha256:aa',
      want: { name: 'host:5000/library/Postgres', base: 'postgres', tag: '15.3-alpine', digest: 'sha256:aa' },
    },
    {
      image: 'host:5000/postgres',
      want: { name: 'host:5000/postgres', base: 'postgres', tag: null, digest: null },
    },
  ])('reads $image', ({ image, want }) => expect(imageRefOf(image)).toEqual(want));
});

const NONE = null;

describe('databaseChange', () => {
  it.each<{ because: string; from: string; to: string; want: string | null }>([
    { because: 'no database', from: 'nginx:1', to: 'nginx:2', want: NONE },
    { because: 'a tool for databases', from: 'postgres-exporter:0.9', to: 'postgres-exporter:1.0', want: NONE },
    { because: 'PostgreSQL within its series', from: 'postgres:15.3', to: 'postgres:15.9-alpine', want: NONE },
    { because: 'PostgreSQL', from: 'postgres:13-alpine', to: 'postgres:15.3', want: 'PostgreSQL goes from 13 to 15' },
    { because: 'old PostgreSQL', from: 'postgres:9.5.1', to: 'postgres:9.6', want: 'PostgreSQL goes from 9.5 to 9.6' },
    { because: 'PostgreSQL with something in it', from: 'postgis/postgis:14-3.4', to: 'pgvector/pgvector:pg16', want: 'PostgreSQL goes from 14 to 16' },
    { because: 'the version behind an extension’s', from: 'timescale/timescaledb:2.11.0-pg14', to: 'timescale/timescaledb:2.14.0-pg15', want: 'PostgreSQL goes from 14 to 15' },
    { because: 'an extension’s version alone', from: 'pgvector:0.5.1', to: 'pgvector:0.8.0', want: 'the image of PostgreSQL changes, and its tag does not say from which version to which' },
    { because: 'going back', from: 'postgres:16', to: 'postgres:15', want: 'PostgreSQL goes back from 16 to 15' },
    { because: 'MariaDB within its series', from: 'mariadb:10.11.2', to: 'mariadb:10.11.9', want: NONE },
    { because: 'MariaDB', from: 'mariadb:10.6', to: 'ccci/mariadb:10.11', want: 'MariaDB goes from 10.6 to 10.11' },
    { because: 'a tag without the second number', from: 'mysql:8', to: 'mysql:8.4', want: NONE },
    { because: 'MySQL', from: 'mysql:5.7', to: 'mysql:8', want: 'MySQL goes from 5.7 to 8' },
    { because: 'MongoDB', from: 'mongo:4.2', to: 'mongo:4.4.1', want: 'MongoDB goes from 4.2 to 4.4' },
    { because: 'Redis and its heir', from: 'redis:7-alpine', to: 'valkey/valkey:8.0', want: 'Redis goes from 7 to 8' },
    { because: 'Elasticsearch', from: 'elasticsearch:7.17.1', to: 'elasticsearch:8.1.0', want: 'Elasticsearch goes from 7 to 8' },
    { because: 'another database', from: 'mysql:8', to: 'mariadb:11.4', want: 'MySQL is replaced by MariaDB' },
    { because: 'no database any more', from: 'postgres:15', to: 'app:1', want: 'PostgreSQL is replaced' },
    { because: 'a database where there was none', from: 'app:1', to: 'postgres:15', want: NONE },
    { because: 'a tag that says nothing', from: 'postgres:latest', to: 'postgres:16', want: 'the image of PostgreSQL changes, and its tag does not say from which version to which' },
    { because: 'digests alone', from: 'postgres@sha256:aa', to: 'postgres@sha256:bb', want: 'the image of PostgreSQL changes, and its tag does not say from which version to which' },
    { because: 'another digest of one tag', from: 'postgres:15@sha256:aa', to: 'postgres:15@sha256:bb', want: NONE },
    { because: 'a commit as tag', from: 'postgres:15', to: 'postgres:1234567890abcdef', want: 'the image of PostgreSQL changes, and its tag does not say from which version to which' },
  ])('$because: $from to $to', ({ from, to, want }) => {
    const change = databaseChange(from, to);
    expect(change?.what ?? null).toBe(want);
    expect(change === null || change.todo.length > 0).toBe(true);
  });
}); // oxfmt-ignore
