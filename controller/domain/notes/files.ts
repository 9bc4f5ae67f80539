/** Compose files that came, went, or are deployed by default now. Pure. */
import { composePathsOf, optionalComposes } from '../recipe/recipe-at.ts';
import { entryAt } from '../recipe/git-tree.ts';
import type { Change, Note } from './change.ts';
import { code, CONFIGURE } from './quoted.ts';

export function composeFileNotes({ old, head }: Change): Note[] {
  const [before, after] = [old, head].map(({ recipe }) => composePathsOf(recipe.sample)) as [string[], string[]];
  const [optionalBefore, optionalAfter] = [old, head].map(({ recipe }) => optionalComposes(recipe.tree)) as [string[], string[]];
  const isGone = (path: string): boolean => entryAt(head.recipe.tree, path) === null;
  const known = new Set([...before, ...optionalBefore, ...after]);
  return [
    ...after.filter((path) => !before.includes(path)).map((path) =>
      said(path, `${code('COMPOSE_FILE')} in \`.env.sample\` names ${code(path)} now: add it to yours with ${CONFIGURE} before you upgrade, to get what it brings.`, true)),
    ...before.filter(isGone).map((path) =>
      said(path, `${code('COMPOSE_FILE')} of your \`.env\` names ${code(path)}, which is gone: take it out with ${CONFIGURE} before you upgrade.`, true)),
    ...before.filter((path) => !after.includes(path) && !isGone(path)).map((path) =>
      said(path, `${code('COMPOSE_FILE')} in \`.env.sample\` does not name ${code(path)} any more; yours does until you change it.`, false)),
    ...optionalBefore.filter((path) => !before.includes(path) && isGone(path)).map((path) =>
      said(path, `The optional file ${code(path)} is gone: if ${code('COMPOSE_FILE')} of your \`.env\` names it, take it out with ${CONFIGURE} before you upgrade.`, true)),
    ...optionalAfter.filter((path) => !known.has(path)).map((path) =>
      said(path, `The optional file ${code(path)} is new: ${code('COMPOSE_FILE')} in your \`.env\` switches it on.`, false)),
  ];
} // oxfmt-ignore

function said(subject: string, text: string, byHand: boolean): Note {
  return { kind: 'composeFile', subject, text, byHand };
}
