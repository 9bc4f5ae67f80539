/** How each kind of thing says its name when it is inspected. Pure. */
import { z } from 'zod';
import type { ThingKind } from '../ports.ts';

/** Networks, volumes and containers say `Name`; services, secrets and configs say it in their spec. */
export const NamedShape = z.object({
  Name: z.string().optional(),
  Spec: z.object({ Name: z.string().optional() }).nullish(),
});
export type NamedShape = z.infer<typeof NamedShape>;

export function nameOf(kind: ThingKind, found: NamedShape): string {
  const name = found.Spec?.Name ?? found.Name ?? '';
  return kind === 'container' ? name.replace(/^\//, '') : name;
}
