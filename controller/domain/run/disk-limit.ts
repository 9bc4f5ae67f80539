/** Whether a run may go on writing: its own bytes against the most, and the free space of the host against the floor. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { DiskItem, DiskSpace } from '../../ports.ts';
import { bytesOf, sizeText } from '../recipe/sizes.ts';

export interface DiskBounds {
  /** What the volumes and writable layers of one run may hold together. */
  readonly most: number;
  /** What stays free of a file system: the smaller of the two. */
  readonly floor: { readonly share: number; readonly bytes: number };
}

/** `20g`; `10%/5g`. */
export function diskBounds(texts: { readonly most: string; readonly floor: string }): DiskBounds {
  const [percent = '', size] = texts.floor.split('/');
  const [most, bytes] = [bytesOf(texts.most), bytesOf(size)];
  const share = Number(percent.replace('%', '')) / 100;
  if (!most || bytes === null || Number.isNaN(share))
    throw new RangeError(`"${texts.most}" is no size, or "${texts.floor}" is not <percent>%/<size>.`);
  return { most, floor: { share, bytes } };
}

const floorOf = ({ floor }: DiskBounds, { total }: DiskSpace): number =>
  Math.min(total * floor.share, floor.bytes);

/** The file system that is fuller than it may be, or null. */
export function fullOf(bounds: DiskBounds, spaces: readonly DiskSpace[]): DiskSpace | null {
  return spaces.find((space) => space.free < floorOf(bounds, space)) ?? null;
}

/** Why nothing new is begun. */
export function noRoomText({ path, free, total }: DiskSpace): string {
  return `${sizeText(free)} of ${sizeText(total)} are free at ${path}, less than CCCI_DISK_FLOOR: nothing is begun until there is room`;
}

export const heldBy = (items: readonly DiskItem[]): number =>
  items.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);

export interface DiskFailure {
  readonly fault: 'recipe' | 'infra';
  readonly cause: Cause;
}

/** A run that is over its own limit is to blame, whether or not it filled the host. */
export function diskFailure(
  bounds: DiskBounds,
  seen: { readonly spaces: readonly DiskSpace[]; readonly items: readonly DiskItem[] },
): DiskFailure | null {
  const held = heldBy(seen.items);
  const full = fullOf(bounds, seen.spaces);
  if (held > bounds.most) return { fault: 'recipe', cause: tooMuch(bounds, held, seen.items) };
  return full === null ? null : { fault: 'infra', cause: tooFull(bounds, full, seen.items) };
}

const bySize = (items: readonly DiskItem[]): DiskItem[] =>
  items.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
const itemText = ({ what, bytes }: DiskItem): string =>
  `${what}: ${bytes === null ? 'unknown' : sizeText(bytes)}`;
/** An app of many containers must not fill the cause. */
const MAX_ITEMS = 10;
const listed = (items: readonly DiskItem[]): string =>
  bySize(items).slice(0, MAX_ITEMS).map(itemText).join('\n');

function tooMuch({ most }: DiskBounds, held: number, items: readonly DiskItem[]): Cause {
  const [largest] = bySize(items);
  const share = largest === undefined ? '' : `, most of it in the ${itemText(largest)}`;
  return {
    reason: 'DiskLimit',
    message: `The app holds ${sizeText(held)} on the disk and may hold ${sizeText(most)} (CCCI_LIMIT_DISK)${share}.`,
    evidence: listed(items),
    nextStep: 'Let the app write less, or let the operator raise CCCI_LIMIT_DISK.',
  };
}

function tooFull(bounds: DiskBounds, full: DiskSpace, items: readonly DiskItem[]): Cause {
  const own =
    items.length === 0
      ? 'nothing is known of what the run holds'
      : `the run itself holds ${sizeText(heldBy(items))}`;
  return {
    reason: 'DiskLimit',
    message: `Only ${sizeText(full.free)} of ${sizeText(full.total)} are free at ${full.path}, and ${sizeText(Math.floor(floorOf(bounds, full)))} are kept free (CCCI_DISK_FLOOR); ${own}.`,
    evidence: listed(items),
    nextStep:
      'Make room on this machine (`docker system df` says what Docker holds), or lower CCCI_DISK_FLOOR; then run again.',
  };
}
