/** What every status document has around its body. */
import { z } from 'zod';

export interface StatusDocument<Body> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly resourceVersion: number };
  readonly status: Body;
}

export function statusDocument<Body>(kind: string, body: z.ZodType<Body>): z.ZodType<StatusDocument<Body>> {
  return z.object({
    apiVersion: z.string(),
    kind: z.literal(kind),
    metadata: z.object({ name: z.string(), resourceVersion: z.number().int() }),
    status: body,
  });
}
