/** Gives the proxy another certificate, and leaves everything else of it as it is deployed. */
import { writeFile } from 'node:fs/promises';
import { withEnvValues } from '../domain/recipe/dotenv.ts';
import { stackOf } from '../domain/run/names.ts';
import { resolveRef } from '../git/git.ts';
import { Terminal } from '../runtime/errors.ts';
import { readIfThere } from '../store/atomic.ts';
import { type CertificateFiles, certificateVersion } from './certificate.ts';
import {
  checkoutOf,
  deploy,
  envFile,
  labelOf,
  needSwarm,
  type ProxyDeps,
  RECIPE,
  secretVersions,
} from './deployment.ts';
import { removeOldSecrets, usesVersion } from './secret-versions.ts';

export interface Rotation extends CertificateFiles {
  readonly zone: string;
}

/** Another certificate for the proxy as it is deployed; `unchanged` if it has that one. */
export async function rotateCertificate(deps: ProxyDeps, wish: Rotation): Promise<'unchanged' | 'rotated'> {
  const domain = `${RECIPE}.${wish.zone}`;
  const stack = stackOf(domain);
  await needSwarm(deps.swarm);
  const version = await certificateVersion(wish, { zone: wish.zone, now: deps.clock.now() });
  const specs = await deps.specs.specs(stack);
  const env = await readIfThere(envFile(deps, domain));
  if (specs.length === 0 || env === null)
    throw new Terminal(
      'NoProxy',
      `There is no proxy here whose certificate could be changed. Run \`ccci-ctl proxy --repo <traefik recipe>\`, which takes the certificate too.`,
    );
  if (usesVersion(specs, stack, version)) {
    await removeOldSecrets(deps, { stack, version });
    return 'unchanged';
  }
  deps.say(`changing the certificate of the proxy ${domain}`);
  const commit = await resolveRef(checkoutOf(deps), 'HEAD', deps.env);
  await writeFile(envFile(deps, domain), withEnvValues(env, secretVersions(version)), { mode: 0o600 });
  const settings = labelOf(await deps.swarm.observe(stack));
  await deploy(deps, { stack, commit, version, settings, domain, files: wish });
  return 'rotated';
}
