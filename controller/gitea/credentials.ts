/** The token that cc-ci shows to Gitea: given, or made from a login and a password. It is kept in memory only. */
import type { Clock } from '../ports.ts';
import { Terminal } from '../runtime/errors.ts';
import { readSecret } from '../runtime/secret-source.ts';
import { errorOf, SCOPES, valueOf } from './answers.ts';
import { exchange, type Wire } from './exchange.ts';
import { MintedToken } from './shapes.ts';

type SecretSource = { readonly file: string } | { readonly value: string };
export type CredentialSource =
  | { readonly token: SecretSource }
  | { readonly user: string; readonly password: SecretSource };

export interface Credentials {
  /** The sources are read each time, so that a changed file counts at once. */
  token(): Promise<string>;
  /** Another than the one that Gitea refused; null where there is none. */
  tokenAfter(refused: string): Promise<string | null>;
}

export interface CredentialsDeps {
  readonly wire: Wire;
  readonly source: CredentialSource;
  /** Of the tokens that are made: it shows whose they are. */
  readonly tokenName: string;
  readonly clock: Clock;
}

export function credentialsOf(deps: CredentialsDeps): Credentials {
  const { source } = deps;
  return 'token' in source ? given(source.token) : new Minted(deps, source);
}

function given(source: SecretSource): Credentials {
  return {
    token: () => readSecret(source),
    tokenAfter: async (refused) => {
      const token = await readSecret(source);
      return token === refused ? null : token;
    },
  };
}

/** A password that was refused, or a token that did not work from the start, is not tried again at each request. */
const PAUSE_MS = 60_000;

interface Try {
  readonly password: string;
  readonly at: number;
  readonly token: Promise<string>;
  /** Once it is settled: the token, or what went wrong. */
  outcome: { readonly text: string } | { readonly error: unknown } | null;
}

class Minted implements Credentials {
  readonly #deps: CredentialsDeps;
  readonly #user: string;
  readonly #password: SecretSource;
  /** Judged and replaced without an await in between: one token is enough for all who ask at once. */
  #last: Try | null = null;

  constructor(deps: CredentialsDeps, source: { user: string; password: SecretSource }) {
    this.#deps = deps;
    this.#user = source.user;
    this.#password = source.password;
  }

  async token(): Promise<string> {
    const password = await readSecret(this.#password);
    const last = this.#last;
    if (last?.password === password && !this.#mayTryAgain(last)) return last.token;
    return this.#mint(password);
  }

  async tokenAfter(refused: string): Promise<string | null> {
    const password = await readSecret(this.#password);
    const last = this.#last;
    const isLast = last?.outcome != null && 'text' in last.outcome && last.outcome.text === refused;
    if (last === null || !isLast || last.password !== password) return this.token();
    return this.#sinceMs(last) < PAUSE_MS ? null : this.#mint(password);
  }

  /** Where making it failed: at once if nobody answered, later if it was refused. */
  #mayTryAgain(last: Try): boolean {
    if (last.outcome === null || 'text' in last.outcome) return false;
    return !(last.outcome.error instanceof Terminal) || this.#sinceMs(last) >= PAUSE_MS;
  }

  #sinceMs({ at }: Try): number {
    return this.#deps.clock.now().getTime() - at;
  }

  #mint(password: string): Promise<string> {
    const token = mint(this.#deps, this.#user, password);
    const attempt: Try = { password, at: this.#deps.clock.now().getTime(), token, outcome: null };
    token.then(
      (text) => void (attempt.outcome = { text }),
      (error: unknown) => void (attempt.outcome = { error }),
    );
    this.#last = attempt;
    return token;
  }
}

/** The old one of that name goes first: names are unique, and nobody knows its text any more. */
async function mint({ wire, tokenName }: CredentialsDeps, user: string, password: string): Promise<string> {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const path = `/users/${encodeURIComponent(user)}/tokens`;
  const removed = await exchange(
    wire,
    { method: 'DELETE', path: `${path}/${encodeURIComponent(tokenName)}` },
    basic,
  );
  if (removed.status !== 204 && removed.status !== 404)
    throw refusalOf(errorOf(removed, 'removing an old token'));
  const body = { name: tokenName, scopes: SCOPES };
  const made = await exchange(wire, { method: 'POST', path, body }, basic);
  if (made.status !== 201) throw refusalOf(errorOf(made, 'making a token'));
  return valueOf(made, MintedToken).sha1;
}

function refusalOf(error: Error): Error {
  if (!(error instanceof Terminal) || error.reason !== 'ForgeUnauthorized') return error;
  return new Terminal(
    error.reason,
    `${error.message} With two-factor authentication a password does not do: make a token by hand.`,
    { cause: error },
  );
}
