/** Whose fault a failed pull is, told from the engine's text, which is all it gives: its status is 500 for nearly everything. Pure. */

export interface PullFault {
  readonly fault: 'recipe' | 'infra';
  readonly reason: 'ImageMissing' | 'RegistryRateLimit' | 'RegistryUnreachable' | 'PullFailed';
}

/**
 * The first row that matches wins.
 * The limit stands before all others because its text may quote them, and a recipe is only blamed for sentences
 * that a registry says about this one image.
 */
const TABLE: readonly (readonly [RegExp, PullFault['reason']])[] = [
  [/toomanyrequests|too many requests|\b429\b|pull rate limit/i, 'RegistryRateLimit'],
  [
    /pull access denied|repository does not exist|name unknown|manifest unknown|no such manifest/i,
    'ImageMissing',
  ],
  [/manifest for \S+ not found|invalid reference format|invalid tag format|no such image/i, 'ImageMissing'],
  [
    /dial tcp|lookup \S+|no such host|connection (refused|reset)|no route to host|server misbehaving/i,
    'RegistryUnreachable',
  ],
  [
    /time(d )?out|deadline exceeded|Client\.Timeout|\bEOF\b|broken pipe|request canceled/i,
    'RegistryUnreachable',
  ],
  [/tls|x509|certificate|server gave HTTP response to HTTPS client/i, 'RegistryUnreachable'],
  [/HTTP status: 5\d\d|status( code)?:? 5\d\d|bad gateway|service unavailable/i, 'RegistryUnreachable'],
  [/unauthorized|authentication required|no basic auth credentials|\b401\b/i, 'RegistryUnreachable'],
  [/not found/i, 'ImageMissing'],
];

export function pullFaultOf(text: string): PullFault {
  const reason = TABLE.find(([pattern]) => pattern.test(text))?.[1] ?? 'PullFailed';
  return { fault: reason === 'ImageMissing' ? 'recipe' : 'infra', reason };
}
