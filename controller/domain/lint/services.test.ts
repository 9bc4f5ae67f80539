import { describe, expect, it } from 'vitest';
import { serviceFindings } from './services.ts';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';

const image = (name: string): Files => edited(GOOD, 'compose.yml', ['nginx:1.27.0', name]);

describe('images', () => {
  const FLOATS = ['warning compose.yml:3 FloatingImage'];

  it.each([
    { because: 'a version stays', name: 'nginx:1.27.0', want: [] },
    { because: 'without a tag it is the newest', name: 'nginx', want: FLOATS },
    { because: 'the port of a registry is no tag', name: 'registry.example.com:5000/nginx', want: FLOATS },
    { because: 'latest moves', name: 'nginx:latest', want: FLOATS },
    { because: 'latest of a flavour moves as well', name: 'php:latest-fpm8', want: FLOATS },
    { because: 'a word names no version', name: 'nginx:mainline-alpine', want: FLOATS },
    { because: 'a major version is a version', name: 'php:8-fpm', want: [] },
    { because: 'a v is fine', name: 'traefik:v3.1', want: [] },
    { because: 'a digest stays whatever the tag', name: 'nginx:latest@sha256:abc', want: [] },
    { because: 'a variable is filled first', name: 'nginx:${TAG:-1.27}', want: [] },
    { because: 'and may hold a word', name: 'nginx:${TAG:-stable}', want: FLOATS },
    { because: 'a tag that the operator sets is unknown here', name: 'nginx:${TAG}', want: [] },
  ])('$because', ({ name, want }) => expect(heads(serviceFindings(recipeOf(image(name))))).toEqual(want));

  it('are looked at in optional files too', () => {
    const files = { ...GOOD, 'compose.db.yml': 'services:\n  db: { image: postgres:latest }\n' };
    expect(heads(serviceFindings(recipeOf(files)))).toEqual(['warning compose.db.yml:2 FloatingImage']);
  });
});

const BACKUP = '- "backupbot.backup=true"';
const backup = (label: string): Files => edited(GOOD, 'compose.yml', [BACKUP, label]);
/** A second service from line 3 on; the first keeps its backup label. */
const beside = (service: string, files: Files = GOOD): Files =>
  edited(files, 'compose.yml', ['  app:\n', `  db: ${service}\n  app:\n`]);
const NOT_DUMPED = ['warning compose.yml:2 DatabaseNotDumped'];

describe('backups', () => {
  it.each<{ because: string; head: Files; want: string[] }>([
    { because: 'a volume and a label are enough', head: GOOD, want: [] },
    { because: 'a volume without any label is in no backup', head: backup('- "a=b"'), want: ['warning compose.yml:2 NoBackup'] },
    { because: 'a label that a mapping holds counts', head: edited(edited(backup('backupbot.backup: true'), 'compose.yml', ['- "coop', '"coop']), 'compose.yml', ['version=1.0.0+1.27.0"', 'version": 1.0.0+1.27.0']), want: [] },
    { because: 'a label that the operator switches counts', head: backup('- "backupbot.backup=${ENABLE_BACKUPS:-true}"'), want: [] },
    { because: 'the label of another service covers the stack', head: beside('{ image: redis:7, deploy: { labels: [backupbot.backup=true] } }', backup('- "a=b"')), want: [] },
    { because: 'a service without a volume has no data', head: edited(backup('- "a=b"'), 'compose.yml', ['- data:/data', '- /tmp']), want: [] },
    { because: 'a bind mount is no volume', head: edited(backup('- "a=b"'), 'compose.yml', ['- data:/data', '- ./data:/data']), want: [] },
    { because: 'a volume in long form is one', head: edited(backup('- "a=b"'), 'compose.yml', ['- data:/data', '- { type: volume, source: data, target: /data }']), want: ['warning compose.yml:2 NoBackup'] },
    { because: 'a database’s files alone may not restore', head: beside('{ image: postgres:15, volumes: ["data:/x"], deploy: { labels: [backupbot.backup=true] } }'), want: NOT_DUMPED },
    { because: 'nor without a label of its own', head: beside('{ image: mariadb:11, volumes: ["data:/x"] }'), want: NOT_DUMPED },
    { because: 'whoever made the image', head: beside('{ image: "registry.example.org/bitnami/postgresql:15@sha256:abc", volumes: ["data:/x"] }'), want: NOT_DUMPED },
    { because: 'mysql is a database', head: beside('{ image: mysql:8, volumes: ["data:/x"] }'), want: NOT_DUMPED },
    { because: 'mongo is one', head: beside('{ image: mongo:7, volumes: ["data:/x"] }'), want: NOT_DUMPED },
    { because: 'its dump is its backup', head: beside('{ image: postgres:15, volumes: ["data:/x"], deploy: { labels: ["backupbot.backup=true", "backupbot.backup.pre-hook=/pg_backup.sh backup"] } }'), want: [] },
    { because: 'whatever its own hook is called', head: beside('{ image: postgres:15, volumes: ["data:/x"], deploy: { labels: ["backupbot.backup=true", "backupbot.backup.pre-hook=/save.sh"] } }'), want: [] },
    { because: 'an empty hook is no dump', head: beside('{ image: postgres:15, volumes: ["data:/x"], deploy: { labels: ["backupbot.backup=true", "backupbot.backup.pre-hook="] } }'), want: NOT_DUMPED },
    { because: 'the app may dump it', head: beside('{ image: mysql:8, volumes: ["data:/x"] }', backup('- "backupbot.backup=true"\n        - "backupbot.backup.pre-hook=mysqldump -h db"')), want: [] },
    { because: 'another hook of the app is no dump', head: beside('{ image: mysql:8, volumes: ["data:/x"] }', backup('- "backupbot.backup=true"\n        - "backupbot.backup.pre-hook=touch /tmp/x"')), want: NOT_DUMPED },
    { because: 'a database without a volume keeps nothing', head: beside('{ image: postgres:15 }'), want: [] },
    { because: 'a tool beside it is no database', head: beside('{ image: "prom/postgres-exporter:1", volumes: ["data:/x"] }'), want: [] },
  ])('$because', ({ head, want }) => expect(heads(serviceFindings(recipeOf(head)))).toEqual(want));
}); // oxfmt-ignore
