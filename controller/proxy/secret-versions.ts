/** The versions of the proxy's two secrets: which one it uses, and that those before it go. */
import type { ServiceSpec, SpecReader, Swarm, Thing } from '../ports.ts';

/** Of the recipe, in the file that wildcard mode adds. */
export const SECRETS = ['ssl_cert', 'ssl_key'] as const;

export const secretName = (stack: string, name: string, version: string): string =>
  `${stack}_${name}_${version}`;

const usedBy = (specs: readonly ServiceSpec[]): readonly string[] =>
  specs.flatMap(({ secrets }) => secrets.map(({ name }) => name));

export function usesVersion(specs: readonly ServiceSpec[], stack: string, version: string): boolean {
  const used = usedBy(specs);
  return SECRETS.every((name) => used.includes(secretName(stack, name, version)));
}

/** Those of other versions that no service of the stack was told to use. */
export function oldSecrets(
  things: readonly Thing[],
  specs: readonly ServiceSpec[],
  { stack, version }: { readonly stack: string; readonly version: string },
): readonly Thing[] {
  const used = usedBy(specs);
  return things.filter(
    ({ kind, name }) =>
      kind === 'secret' &&
      SECRETS.some((secret) => name.startsWith(secretName(stack, secret, ''))) &&
      !SECRETS.some((secret) => name === secretName(stack, secret, version)) &&
      !used.includes(name),
  );
}

/** Only once the proxy runs with the new ones: until then they are what it goes back to. */
export async function removeOldSecrets(
  deps: { readonly swarm: Swarm; readonly specs: SpecReader; readonly say: (text: string) => void },
  app: { readonly stack: string; readonly version: string },
): Promise<void> {
  const [{ things }, specs] = await Promise.all([deps.swarm.observe(app.stack), deps.specs.specs(app.stack)]);
  for (const thing of oldSecrets(things, specs, app)) {
    deps.say(`removing the secret ${thing.name}, which nothing uses any more`);
    await deps.swarm.ensureAbsent(thing);
  }
}
