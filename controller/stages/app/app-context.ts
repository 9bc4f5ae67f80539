/** What a recipe's tests are told of the app that is deployed for them: a file, named by CCCI_APP_CONTEXT. */
import { z } from 'zod';

export const CONTEXT_VARIABLE = 'CCCI_APP_CONTEXT';

export const AppContext = z.strictObject({
  /** Begins at the app's root, without a slash at the end: `https://web-pr1-abc.ci.test`. */
  url: z.url(),
  domain: z.string(),
  zone: z.string(),
  stack: z.string(),
  recipe: z.string(),
  commit: z.string(),
  version: z.string().nullable(),
  dockerHost: z.string(),
  /** Where the proxy answers, or null where DNS says so. */
  address: z.string().nullable(),
  caFile: z.string().nullable(),
  chromium: z.string(),
  artifactsDir: z.string(),
  /** JSON object of the app's generated secrets by name, mode 600, or null where there are none. */
  secretsFile: z.string().nullable(),
  health: z.object({ path: z.string(), status: z.number() }),
  /** All that programs started by the tests inherit. */
  env: z.record(z.string(), z.string()),
});
export type AppContext = z.infer<typeof AppContext>;
