/** The people of a Gitea and how they ask it. */
import { randomBytes } from 'node:crypto';
import { type Api, basic, makeApi } from './api.ts';
import { Token } from './schema.ts';
import type { GiteaServer } from './server.ts';

/** A site administrator: for what tests set up, never for what they are about. (`admin` is a reserved name.) */
export const ADMIN = 'site-admin';

/** Their passwords, which only tests need: all of them ask with name and password. */
export class People {
  readonly #server: GiteaServer;
  readonly #passwords = new Map<string, string>();

  constructor(server: GiteaServer) {
    this.#server = server;
  }

  /** The first one cannot be made over the API; Gitea makes up the password, so that it is on no command line. */
  async addAdmin(): Promise<void> {
    const said = await this.#server.command(
      `admin user create --admin --username ${ADMIN} --email ${ADMIN}@example.com --random-password`.split(
        ' ',
      ),
    );
    const [, password] = /random password is '(.+)'/.exec(said) ?? [];
    if (password === undefined) throw new Error(`Gitea told no password for ${ADMIN}: ${said}`);
    this.#passwords.set(ADMIN, password);
  }

  async add(login: string): Promise<void> {
    const password = randomBytes(12).toString('hex');
    const person = { username: login, email: `${login}@example.com`, password, must_change_password: false };
    await this.api(ADMIN).must('POST', '/admin/users', person);
    this.#passwords.set(login, password);
  }

  password(login: string): string {
    const password = this.#passwords.get(login);
    if (password === undefined) throw new Error(`There is nobody named "${login}": addPerson makes people.`);
    return password;
  }

  api(login: string): Api {
    return makeApi(this.#server, basic(login, this.password(login)));
  }

  async token(login: string, scopes: readonly string[]): Promise<string> {
    const name = randomBytes(6).toString('hex');
    return Token.parse(await this.api(login).must('POST', `/users/${login}/tokens`, { name, scopes })).sha1;
  }
}
