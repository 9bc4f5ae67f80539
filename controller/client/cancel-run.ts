/** The document of a run that is to be cancelled. Pure. */
import { isMap, isScalar, parseDocument } from 'yaml';
import type { Cancellation } from '../api/test-run.ts';

/** The document with the wish in it; null where it is there already or the file is gone. */
export function cancelledText(before: string | null, wish: true | Cancellation = true): string | null {
  if (before === null) return null;
  const document = parseDocument(before);
  const old = document.getIn(['spec', 'cancel'], true);
  if (isMap(old) || (isScalar(old) && old.value === true)) return null;
  const node = document.createNode(wish, { flow: true });
  if (isScalar(old)) node.comment = old.comment;
  document.setIn(['spec', 'cancel'], node);
  return document.toString({ lineWidth: 0 });
}
