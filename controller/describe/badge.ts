/** A state as one icon and one word. */
import { lookOf, shownPhase, type Tone } from '../domain/run/appearance.ts';
import type { RunView } from '../views/runs.ts';
import { detailOf } from '../views/standing.ts';

/** What a terminal adds; a page of text has none of it but the icons. */
export interface BadgeStyle {
  readonly unicode: boolean;
  paint(tone: Tone, text: string): string;
}

export const UNPAINTED: BadgeStyle = { unicode: true, paint: (_tone, text) => text };

/** `✔ passed`, `✘ failed: upgrade`: always a word beside the icon. */
export function badge(style: BadgeStyle, state: string, detail = ''): string {
  const { icon, ascii, tone, word } = lookOf(state);
  const text = `${style.unicode ? icon : ascii} ${word}${detail === '' ? '' : `: ${detail}`}`;
  return style.paint(tone, text);
}

/** Where widths are counted before colours would be seen. */
export function plainBadge(style: BadgeStyle, state: string): string {
  return badge({ ...style, paint: UNPAINTED.paint }, state);
}

/** `✔ passed`, `✘ failed: upgrade`, `▶ running: install`, `◌ queued: #2, …`. */
export function headlineOf(run: RunView, style: BadgeStyle): string {
  return badge(style, shownPhase(run.status), detailOf(run));
}
