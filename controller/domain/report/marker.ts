/** By what our own comments are found again, besides their author; nobody sees it. Pure. */

/** At the beginning of the one comment that follows the runs of a pull request. */
export const markerOf = (recipe: string, pull: number): string => `<!-- cc-ci:${recipe}#${pull} -->`;

/** At the beginning of an answer to one comment. */
export const replyMarkerOf = (comment: number): string => `<!-- cc-ci:reply:${comment} -->`;

/** A marker counts at the beginning only: who quotes our comment has it further on. */
export const hasMarker = (body: string, marker: string): boolean => body.startsWith(marker);
