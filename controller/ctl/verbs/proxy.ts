/** `proxy`: the traefik recipe with the wildcard certificate, deployed only where it is not so already. */
import { resolve } from 'node:path';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';

export interface ProxyOptions {
  readonly repo: string;
  readonly ref: string;
  readonly cert: string;
  readonly key: string;
  readonly set?: readonly string[];
}

export async function proxy(ctl: Ctl, options: ProxyOptions): Promise<ExitCode> {
  const [certFile, keyFile] = [resolve(ctl.cwd, options.cert), resolve(ctl.cwd, options.key)];
  const wanted = {
    repo: options.repo,
    ref: options.ref,
    certFile,
    keyFile,
    settings: settingsOf(options.set ?? []),
  };
  const done = await ctl.proxy(ctl.config, wanted, (text) => say(ctl, text));
  print(ctl, `proxy ${done}`);
  return EXIT.ok;
}

function settingsOf(terms: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    terms.map((term) => {
      const [, name, value] = /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(term) ?? [];
      if (name === undefined || value === undefined) {
        throw usageError(`"${term}" is not a setting.`, 'Write NAME=value, as in the recipe’s .env.sample.');
      }
      return [name, value];
    }),
  );
}
