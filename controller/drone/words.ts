/** Words of Drone's, fit for a status and a log. Pure. */
import { visible } from '../domain/text/visible.ts';

const MOST = 300;

/** One line, without what would steer a terminal or turn a line around. */
export function harmless(text: string): string {
  return visible(text.slice(0, MOST)).replaceAll(/\p{C}/gu, ' ').trim();
}
