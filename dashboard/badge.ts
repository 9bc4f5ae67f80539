/** A badge as a picture: flat, 20 px high, and its words are in it for who cannot see it. */
import type { RecipeBadge } from '../controller/views/recipe-badge.ts';
import { html, type Html } from './html.ts';

const LABEL = 'cc-ci';
const PADDING = 10;
/** Of a letter of Verdana at 11 px, the wide ones weighed against the narrow. */
const LETTER = 6.6;

const widthOf = (text: string): number => Math.round(text.length * LETTER) + PADDING;

export function badgeSvg({ message, color }: RecipeBadge): Html {
  const [left, right] = [widthOf(LABEL), widthOf(message)];
  const width = left + right;
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="20"
    role="img"
    aria-label="${LABEL}: ${message}"
  >
    <title>${LABEL}: ${message}</title>
    <clipPath id="r"><rect width="${width}" height="20" rx="3" /></clipPath>
    <g clip-path="url(#r)">
      <rect width="${left}" height="20" fill="#555" />
      <rect x="${left}" width="${right}" height="20" fill="${color}" />
    </g>
    <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
      <text x="${left / 2}" y="14">${LABEL}</text>
      <text x="${left + right / 2}" y="14">${message}</text>
    </g>
  </svg> `;
}
