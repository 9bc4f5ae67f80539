/** The app.ini of a Gitea that talks to nobody but its clients on this machine. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Keys of a section of app.ini; the section '' is the top. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

export interface Place {
  /** All of the server's files are in it. */
  readonly dir: string;
  readonly port: number;
}

export const ACCESS_LOG = 'access.log';

/** One line a request, parsed in requests.ts: what a stranger wrote (the user agent) comes last. */
const ACCESS_LINE = [
  '{{.Start.UnixMilli}}',
  '{{.Ctx.Req.Method}}',
  '{{.Ctx.Req.URL.RequestURI}}',
  '{{.ResponseWriter.Status}}',
  '{{.ResponseWriter.Size}}',
  '{{.Identity}}',
  '{{.Ctx.Req.UserAgent}}',
].join(' ');

export function settingsOf({ dir, port }: Place): Settings {
  return {
    '': { APP_NAME: 'Git of the tests', RUN_MODE: 'prod', WORK_PATH: dir },
    server: {
      PROTOCOL: 'http',
      HTTP_ADDR: '127.0.0.1',
      HTTP_PORT: port,
      ROOT_URL: `http://127.0.0.1:${port}/`,
      STATIC_ROOT_PATH: join(dir, 'program'),
      OFFLINE_MODE: true,
      DISABLE_SSH: true,
      LFS_START_SERVER: false,
      // An outage is an outage: who still reads an answer is not waited for.
      GRACEFUL_HAMMER_TIME: '1s',
    },
    database: { DB_TYPE: 'sqlite3', PATH: join(dir, 'data', 'gitea.db'), SQLITE_JOURNAL_MODE: 'WAL' },
    security: {
      INSTALL_LOCK: true,
      SECRET_KEY: randomBytes(32).toString('hex'),
      // Tests ask with passwords, and the default spends a tenth of a second on each.
      PASSWORD_HASH_ALGO: 'pbkdf2_v1',
      PASSWORD_COMPLEXITY: 'off',
    },
    service: {
      DISABLE_REGISTRATION: true,
      REGISTER_EMAIL_CONFIRM: false,
      ENABLE_NOTIFY_MAIL: false,
      DEFAULT_KEEP_EMAIL_PRIVATE: true,
    },
    log: {
      MODE: 'file',
      LEVEL: 'Info',
      ROOT_PATH: join(dir, 'log'),
      'logger.router.MODE': '',
      'logger.access.MODE': 'access',
      ACCESS_LOG_TEMPLATE: `\`${ACCESS_LINE}\``,
    },
    'log.file': { FILE_NAME: 'gitea.log', LOG_ROTATE: false },
    'log.access': { MODE: 'file', FILE_NAME: ACCESS_LOG, LOG_ROTATE: false },
    webhook: { ALLOWED_HOST_LIST: 'loopback' },
    repository: { DEFAULT_BRANCH: 'main', DISABLE_STARS: true },
    mailer: { ENABLED: false },
    cron: { ENABLED: false },
    'cron.update_checker': { ENABLED: false },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    session: { PROVIDER: 'memory' },
  };
}

/** Settings of `over` win, key by key. */
export function iniText(settings: Settings, over: Settings = {}): string {
  const names = [...new Set([...Object.keys(settings), ...Object.keys(over)])];
  const section = (name: string): string => {
    const lines = Object.entries({ ...settings[name], ...over[name] }).map(
      ([key, value]) => `${key} = ${value}\n`,
    );
    return `${name === '' ? '' : `[${name}]\n`}${lines.join('')}`;
  };
  return names.map(section).join('\n');
}
