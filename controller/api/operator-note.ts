/** One thing that an operator has to do, or to know, when an app is upgraded to the version under test. */
import { z } from 'zod';

export const OperatorNote = z.object({
  kind: z.enum([
    'newVariable',
    'removedVariable',
    'changedDefault',
    'composeFile',
    'newSecret',
    'secretVersion',
    'removedSecret',
    'newVolume',
    'removedVolume',
    'external',
    'newService',
    'removedService',
    'image',
    'database',
    'configVersion',
    'route',
    'host',
    'entrypoint',
    'port',
    'more',
  ]),
  /** Name of the variable, secret, service, … that it is about. */
  subject: z.string(),
  /** Plain sentences; what a person has to type stands in backticks. Never a secret's value. */
  text: z.string(),
  byHand: z.boolean(),
  /** The recipe's own release note names the subject. */
  told: z.boolean().default(false),
});
export type OperatorNote = z.infer<typeof OperatorNote>;
