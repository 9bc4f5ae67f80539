import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** What containers never read, left out to keep the images small and quick to build. */
const EXCLUDED = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*'];
const POLICY_HOOK =
  'printf \'#!/bin/sh\\nexit 101\\n\' > "$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"';

/**
 * Writes a minimal Debian of the given release to a tar file.
 * It comes from the machine's own apt sources with the release exchanged, so mirrors and proxies just work.
 */
export async function bootstrapDebian(suite: string, tar: string): Promise<void> {
  const sources = sourcesFor(suite, hostSources(), hostSuite());
  const scratch = await mkdtemp(join(tmpdir(), 'ccci-debian-'));
  try {
    const options = join(scratch, 'apt.conf');
    await writeFile(options, await aptProxySettings());
    const args = [
      '--variant=minbase',
      '--format=tar',
      `--aptopt=${options}`,
      `--customize-hook=${POLICY_HOOK}`,
      ...EXCLUDED.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      '--dpkgopt=force-unsafe-io',
    ];
    await execa('mmdebstrap', [...args, suite, tar], { input: sources });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function hostSuite(): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME=(.+)$/m.exec(release)?.[1];
  if (!suite) throw new Error('Cannot tell which Debian this is: /etc/os-release has no VERSION_CODENAME.');
  return suite;
}

/** Every apt source of the machine, one a paragraph (`Types: deb`) or one a line (`deb ...`). */
function hostSources(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const paragraphs = files
    .filter((file) => file.endsWith('.sources'))
    .flatMap((file) => read(file).split(/\n\s*\n/));
  const lines = ['/etc/apt/sources.list', ...files.filter((file) => file.endsWith('.list'))]
    .flatMap((file) => read(file).split('\n'))
    .filter((line) => line.startsWith('deb '));
  return [...paragraphs.filter((text) => /^Types:.*\bdeb\b/m.test(text)), ...lines];
}

/** The Debian sources among `sources`, for another release, in the form mmdebstrap reads. */
export function sourcesFor(suite: string, sources: string[], from: string): string {
  const debian = sources.filter((source) => new RegExp(`(^|[\\s])${from}(-\\w+)?(\\s|$)`, 'm').test(source));
  if (debian.length === 0)
    throw new Error(`The machine's apt sources name no "${from}": see /etc/apt/sources.list.d.`);
  const isParagraph = (source: string) => source.includes('Types:');
  const kind = debian.some(isParagraph) ? isParagraph : (source: string) => !isParagraph(source);
  const rewritten = debian.filter(kind).map((source) => withoutComments(source).replaceAll(from, suite));
  return `${rewritten.join(debian.some(isParagraph) ? '\n\n' : '\n')}\n`;
}

function withoutComments(source: string): string {
  return source
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .join('\n');
}

/** Proxies that the machine's apt is told of are the way out for apt in the images too. */
async function aptProxySettings(): Promise<string> {
  const { stdout } = await execa('apt-config', ['dump', '--no-empty', 'Acquire']);
  return stdout
    .split('\n')
    .filter((line) => /^Acquire::https?::Proxy/i.test(line))
    .map((line) => `${line}\n`)
    .join('');
}
