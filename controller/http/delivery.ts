/** A delivery of Gitea's webhook: whether it is Gitea's, and the three things of it that are looked at. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { jsonOf } from '../runtime/json.ts';

const HEX = /^[0-9a-f]{64}$/;

/** Gitea signs the body's very bytes with HMAC-SHA256, in hex. Compared in constant time. */
export function isSigned(
  { body, signature }: { readonly body: Buffer; readonly signature: string },
  secret: string,
): boolean {
  if (!HEX.test(signature)) return false;
  const wanted = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex'));
}

const part = '[A-Za-z0-9_.-]{1,100}';

/** Everything else, the comment's words above all, is fetched from Gitea: of a body nothing is believed. */
const Delivery = z.object({
  action: z.string().optional(),
  repository: z.object({ full_name: z.string().regex(new RegExp(`^${part}/${part}$`)) }),
  comment: z.object({ id: z.int().positive() }),
});

export interface Told {
  /** `owner/name`. */
  readonly repository: string;
  readonly commentId: number;
  /** An edited comment asks for nothing, and most edits are our own: of the one comment that follows a run. */
  readonly isNew: boolean;
}

/** Null where the body is no such delivery. */
export function toldIn(body: Buffer): Told | null {
  const { data } = Delivery.safeParse(jsonOf(body.toString('utf8')));
  if (data === undefined) return null;
  const { action = 'created', repository, comment } = data;
  return { repository: repository.full_name, commentId: comment.id, isNew: action === 'created' };
}
