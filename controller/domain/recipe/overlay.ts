/** An overlay: compose settings that only cc-ci adds to a recipe, for what no variable can say. It says why, and where upstream was told. Pure. */

/** At most one a recipe, in `recipes/<recipe>/`; nothing else is looked for. */
export const OVERLAY = 'compose.ccci.yml';
/** Made by a run that applies only some image bumps: it pins the others. */
export const PINS = 'compose.ccci-bump.yml';

/** Made at each deploy by a deployer that reads the recipe's files: it holds the limits that cc-ci puts in. */
export const LIMITS = 'compose.ccci-limits.yml';

/** Files of ours beside the recipe's: none of them has a schema's version of its own. */
export const ADDED: ReadonlySet<string> = new Set([OVERLAY, PINS, LIMITS]);

export interface OverlayHeader {
  readonly why: string;
  /** The issue or pull request that would make the overlay needless. */
  readonly upstream: string;
}

export type OverlayRead =
  | { readonly ok: true; readonly header: OverlayHeader }
  | { readonly ok: false; readonly problem: string };

const FIELD = /^#\s*(WHY|UPSTREAM):\s*(.*?)\s*$/;
const URL_START = /^https?:\/\/[^\s/]+\/\S+$/;

export function readOverlay(text: string): OverlayRead {
  const { WHY: why = '', UPSTREAM: upstream = '' } = headerOf(text);
  if (why === '') return { ok: false, problem: 'has no comment "# WHY: <reason>" above its first line' };
  if (URL_START.test(upstream)) return { ok: true, header: { why, upstream } };
  const wanted = '"# UPSTREAM: <address of the issue or pull request>"';
  return { ok: false, problem: `has no comment ${wanted} above its first line` };
}

/** The comment lines before the first other line. */
function headerOf(text: string): Partial<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const fields = (end < 0 ? lines : lines.slice(0, end)).map((line) => FIELD.exec(line)?.slice(1) ?? []);
  return Object.fromEntries(fields.filter(([name]) => name !== undefined)) as Record<string, string>;
}

/** The text for a deployer that reads the files: docker wants the recipe's version in each. */
export function inVersion(overlay: string, version: string | null): string {
  if (version === null || /^["']?version["']?\s*:/m.test(overlay)) return overlay;
  return `version: ${JSON.stringify(version)}\n${overlay}`;
}

/** Files of the folder that look as if they were meant to be deployed as well. */
export function strayOverlays(names: readonly string[]): string[] {
  return names.filter((name) => name !== OVERLAY && /^(docker-)?compose.*\.ya?ml$/.test(name));
}

/** COMPOSE_FILE with what cc-ci adds last, so that it wins. */
export function withAdded(composeFile: string | undefined, added: readonly string[]): string {
  const files = (composeFile ?? '').split(':').filter((file) => file !== '' && !added.includes(file));
  return [...(files.length > 0 ? files : ['compose.yml']), ...added].join(':');
}
