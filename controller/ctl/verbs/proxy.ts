/** `proxy`: the traefik recipe with the wildcard certificate, deployed only where it is not so already. */
import { resolve } from 'node:path';
import { type CertificateWanted, type Ctl, print, say } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';

export interface ProxyOptions {
  readonly repo?: string;
  readonly ref: string;
  readonly cert?: string;
  readonly key?: string;
  readonly set?: readonly string[];
  readonly route?: readonly string[];
}

export async function proxy(ctl: Ctl, word: string | undefined, options: ProxyOptions): Promise<ExitCode> {
  if (word !== undefined && word !== 'rotate')
    throw usageError(`"${word}" is nothing that is done to the proxy.`, 'Leave it out, or write `rotate`.');
  const files = certificateOf(ctl, options);
  const tell = (text: string): void => say(ctl, text);
  const done =
    word === 'rotate'
      ? await ctl.rotateProxy(ctl.config, onlyCertificate(files, options), tell)
      : await ctl.proxy(ctl.config, { ...recipeOf(options), ...files }, tell);
  print(ctl, `proxy ${done}`);
  return EXIT.ok;
}

function certificateOf(ctl: Ctl, { cert, key }: ProxyOptions): CertificateWanted {
  const { certificate } = ctl.config.doors.site;
  const [certFile, keyFile] = [cert ?? certificate?.file, key ?? certificate?.keyFile];
  if ((cert === undefined) !== (key === undefined) || certFile === undefined || keyFile === undefined)
    throw usageError(
      'The proxy needs the wildcard certificate and its key.',
      'Give --cert and --key, or set CCCI_CERTIFICATE_FILE and CCCI_CERTIFICATE_KEY_FILE.',
    );
  return { certFile: resolve(ctl.cwd, certFile), keyFile: resolve(ctl.cwd, keyFile) };
}

function recipeOf({ repo, ref, set, route }: ProxyOptions) {
  if (repo === undefined)
    throw usageError('It is not said where the traefik recipe is.', 'Give --repo <git address>.');
  return { repo, ref, settings: settingsOf(set ?? []), routes: (route ?? []).map(routeOf) };
}

/** What would not be heeded is refused, so that nobody takes it for done. */
function onlyCertificate(files: CertificateWanted, { repo, set, route }: ProxyOptions): CertificateWanted {
  if ([repo, set, route].some((each) => each !== undefined))
    throw usageError(
      '`proxy rotate` changes the certificate and nothing else.',
      'Leave --repo, --set and --route out, or leave `rotate` out.',
    );
  return files;
}

/** What reaches a loopback address from the proxy's container is the container itself. */
function routeOf(term: string) {
  const [, host, url, address] =
    /^([a-z0-9][a-z0-9.-]*)=(https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?)$/.exec(term) ?? [];
  if (host === undefined || url === undefined)
    throw usageError(`"${term}" is no route.`, 'Write <name>=http://<address of this machine>:<port>.');
  if (/^(?:127\.|localhost$|\[::1\]$)/.test(address ?? ''))
    throw usageError(
      `"${term}" leads the proxy to its own container.`,
      'Give an address of this machine that containers reach, and let the program listen there.',
    );
  return { host, url };
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
