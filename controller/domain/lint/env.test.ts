import { describe, expect, it } from 'vitest';
import { oldEnvFindings } from './env.ts';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';

const sample = (...lines: string[]): Files => ({
  ...GOOD,
  '.env.sample': `${GOOD['.env.sample']}${lines.join('\n')}\n`,
});
/** The head uses it in line 6 of compose.yml. */
const using = (files: Files, variable: string): Files =>
  edited(files, 'compose.yml', ['PW_FILE=/run/secrets/pw', `PW_FILE=/run/secrets/pw\n      - ${variable}`]);
const asking = (files: Files = GOOD): Files =>
  edited(files, 'compose.yml', ['    volumes:\n', '    secrets: [pw]\n    volumes:\n']);
const WITHOUT_SECRET = edited(GOOD, 'compose.yml', [
  'secrets:\n  pw:\n    external: true\n    name: ${STACK_NAME}_pw_${SECRET_PW_VERSION}\n',
  '',
]);
const major = (files: Files): Files => edited(files, 'compose.yml', ['version=1.0.0', 'version=2.0.0']);

describe('oldEnvFindings', () => {
  it.each<{ because: string; base?: Files; head: Files; notes?: string; want: string[] }>([
    { because: 'nothing new, nothing lacking', head: GOOD, want: [] },
    {
      because: 'a new variable without a default is empty with an old .env',
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      want: ['error compose.yml:6 NewVariable'],
    },
    {
      because: 'a default of its own makes it safe',
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST:-mail}'),
      want: [],
    },
    {
      because: 'what abra.sh sets is new for everybody',
      head: using({ ...GOOD, 'abra.sh': `${GOOD['abra.sh']}export SMTP_HOST=mail\n` }, 'HOST=${SMTP_HOST}'),
      want: [],
    },
    {
      because: 'a variable that the old sample set is there',
      base: sample('SMTP_HOST=mail'),
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      want: [],
    },
    {
      because: 'a commented variable in the old sample is not there',
      base: sample('#SMTP_HOST=mail'),
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      want: ['error compose.yml:6 NewVariable'],
    },
    {
      because: 'a variable that the head only shows in a comment may stay empty',
      head: using(sample('#SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      want: [],
    },
    {
      because: 'a variable that is empty in a new .env as well is not missed',
      head: using(sample('SMTP_HOST='), 'HOST=${SMTP_HOST}'),
      want: [],
    },
    {
      because: 'one that is required is missed even so',
      head: using(sample('SMTP_HOST='), 'HOST=${SMTP_HOST?set it}'),
      want: ['error compose.yml:6 NewVariable'],
    },
    {
      because: 'a variable that old apps lacked all along is not new',
      base: using(GOOD, 'HOST=${SMTP_HOST}'),
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      want: [],
    },
    {
      because: 'the version of a new secret is a variable like any other',
      head: edited(sample('SECRET_KEY_VERSION=v1'), 'compose.yml', [
        'secrets:\n',
        'secrets:\n  key:\n    external: true\n    name: ${STACK_NAME}_key_${SECRET_KEY_VERSION}\n',
      ]),
      want: ['error compose.yml:21 NewVariable'],
    },
    {
      because:
        'a COMPOSE_FILE that now appends to itself is not in the old .env, nor are the variables of its file',
      head: {
        ...sample('COMPOSE_FILE="$COMPOSE_FILE:compose.smtp.yml"', 'SMTP_HOST=mail'),
        'compose.smtp.yml': 'services: { app: { environment: ["HOST=${SMTP_HOST}"] } }',
      },
      want: [],
    },
    {
      because: 'a file that the old COMPOSE_FILE appended is deployed, with its new variables',
      base: {
        ...sample('COMPOSE_FILE="$COMPOSE_FILE:compose.smtp.yml"'),
        'compose.smtp.yml': 'services: { app: { environment: [A=b] } }',
      },
      head: {
        ...sample('COMPOSE_FILE="$COMPOSE_FILE:compose.smtp.yml"', 'SMTP_HOST=mail'),
        'compose.smtp.yml': 'services: { app: { environment: ["HOST=${SMTP_HOST}"] } }',
      },
      want: ['error compose.smtp.yml:1 NewVariable'],
    },
    {
      because: 'a compose file that is gone breaks every old COMPOSE_FILE that names it',
      base: { ...sample('COMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"'), 'compose.db.yml': 'services: {}' },
      head: GOOD,
      want: ['error .env.sample:5 ComposeFileGone'],
    },
    {
      because: 'the note of a major version that names the variable has told operators',
      head: using(major(sample('SMTP_HOST=mail')), 'HOST=${SMTP_HOST}'),
      notes: 'Set SMTP_HOST before the upgrade.',
      want: ['warning compose.yml:6 NewVariable'],
    },
    {
      because: 'a note that does not name it has not',
      head: using(major(sample('SMTP_HOST=mail')), 'HOST=${SMTP_HOST}'),
      notes: 'Set SMTP_HOSTS before the upgrade.',
      want: ['error compose.yml:6 NewVariable'],
    },
    {
      because: 'a minor version has to work without reading',
      head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
      notes: 'Set SMTP_HOST before the upgrade.',
      want: ['error compose.yml:6 NewVariable'],
    },
    {
      because: 'where the label is not raised yet, nobody knows that it will be a minor one',
      head: using(
        edited(sample('SMTP_HOST=mail'), 'compose.yml', ['version=1.0.0+1.27.0', 'version=v1.0.0']),
        'HOST=${SMTP_HOST}',
      ),
      notes: 'Set SMTP_HOST before the upgrade.',
      want: ['warning compose.yml:6 NewVariable'],
    },
    {
      because: 'a secret that no operator has yet stops an operator’s deploy',
      base: WITHOUT_SECRET,
      head: asking(),
      want: ['error compose.yml:20 NewSecret'],
    },
    {
      because: 'a secret with a new version is a new one, however its version is raised',
      base: asking(),
      head: edited(asking(), 'abra.sh', [
        'export APP_CONF_VERSION=v1',
        'export APP_CONF_VERSION=v1\nexport SECRET_PW_VERSION=v2',
      ]),
      want: ['error compose.yml:20 NewSecret'],
    },
    {
      because: 'a version that only a new .env names is no news to an old one',
      base: asking(),
      head: edited(asking(), '.env.sample', ['SECRET_PW_VERSION=v1', 'SECRET_PW_VERSION=v2']),
      want: [],
    },
    {
      because: 'the note of any version tells of a secret',
      base: WITHOUT_SECRET,
      head: asking(),
      notes: 'Run `abra app secret generate <domain> pw v1`.',
      want: ['warning compose.yml:20 NewSecret'],
    },
    {
      because: 'a secret that comes with the recipe’s files is nobody’s to make',
      base: WITHOUT_SECRET,
      head: edited(asking(), 'compose.yml', [
        '    external: true\n    name: ${STACK_NAME}_pw',
        '    file: app.conf\n    name: ${STACK_NAME}_pw',
      ]),
      want: [],
    },
    {
      because: 'a variable that is only passed through is unset with an old .env',
      head: using(sample('UPLOAD_LIMIT=10M'), 'UPLOAD_LIMIT'),
      want: ['warning compose.yml:6 NewVariable'],
    },
    {
      because: 'one that was passed through before is nothing new',
      base: using(GOOD, 'UPLOAD_LIMIT'),
      head: using(sample('UPLOAD_LIMIT=10M'), 'UPLOAD_LIMIT'),
      want: [],
    },
    {
      because: 'one that a new .env does not have either is the app’s own affair',
      head: using(GOOD, 'UPLOAD_LIMIT'),
      want: [],
    },
    {
      because: 'one of an optional file is not deployed by an old .env',
      head: {
        ...sample('UPLOAD_LIMIT=10M'),
        'compose.x.yml': 'services: { app: { environment: [UPLOAD_LIMIT] } }',
      },
      want: [],
    },
    {
      because: 'one that the old .env has is passed through',
      base: sample('UPLOAD_LIMIT=10M'),
      head: using(sample('UPLOAD_LIMIT=10M'), 'UPLOAD_LIMIT'),
      want: [],
    },
    {
      because: 'the domain is in every .env',
      head: using(GOOD, 'URL=https://${DOMAIN}/${LETS_ENCRYPT_ENV}/${STACK_NAME}'),
      want: [],
    },
    {
      because: 'so is the resolver, whatever the old sample said',
      base: edited(GOOD, '.env.sample', ['LETS_ENCRYPT_ENV=production\n', '']),
      head: using(GOOD, 'RESOLVER=${LETS_ENCRYPT_ENV}'),
      want: [],
    },
  ])('$because', ({ base = GOOD, head, notes = '', want }) => {
    const change = { head: recipeOf(head), base: { tag: '1.0.0', recipe: recipeOf(base) }, notes };
    expect(heads(oldEnvFindings(change))).toEqual(want);
  });

  it('says where the variable goes, and since when it is new', () => {
    const head = recipeOf(using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'));
    const [finding] = oldEnvFindings({ head, base: { tag: '1.0.0', recipe: recipeOf(GOOD) }, notes: '' });
    expect(finding?.message).toMatch(/^services\.app\.environment\.1 uses SMTP_HOST.*made from 1\.0\.0/);
    expect(finding?.fix).toContain('${SMTP_HOST:-…}');
  });
});
