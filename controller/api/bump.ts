/** Image bumps: which images a head changes, and a run that applies only some of these changes. */
import { z } from 'zod';

/** A service's name as compose files write it. */
const ServiceName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,63}$/, 'must be the name of a service in the compose files');

/** The head as it is, but the images of services that are not listed stay what the version before has. Empty: none is bumped. */
export const Bump = z.strictObject({
  only: z
    .array(ServiceName)
    .refine((names) => new Set(names).size === names.length, 'must not name a service twice'),
});
export type Bump = z.infer<typeof Bump>;

/** One service whose image is another than in the version before. */
export const ImageChange = z.object({ service: z.string(), from: z.string(), to: z.string() });
export type ImageChange = z.infer<typeof ImageChange>;
