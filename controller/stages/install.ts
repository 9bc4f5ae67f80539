/** Install: a new app, its secrets, the deploy, and the proof that what answers is the commit under test. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { durationMs } from '../api/primitives.ts';
import { type InstallData, PreparedData } from '../api/stage-data.ts';
import { withEnvValues } from '../domain/dotenv.ts';
import { type StageContext, type StageProgram, resultOf, writeSidecar } from './context.ts';
import { deployHead, expectDone } from './deploy.ts';
import { proofOf } from './identity.ts';
import { proveRoute } from './probe.ts';
import { envOverrides } from './recipe-files.ts';
import { runAppTests } from './app-tests.ts';
import { StageFailure } from './report.ts';

export const install: StageProgram = async (context) => {
  const prepared = PreparedData.parse((await resultOf(context, 'prepare'))?.data);
  const began = context.clock.now();
  const deadline = new Date(began.getTime() + durationMs(context.request.settings.health.timeout));

  await context.substep('new', () => newApp(context));
  const secrets = await context.substep('secrets', () => generateSecrets(context));
  const stack = await context.substep('deploy', () =>
    deployHead(context, { commit: prepared.commit, since: began, deadline }),
  );
  const route = await context.substep('route', () => answering(context, deadline));
  const proof = proofOf({ stack, route, commit: prepared.commit, images: prepared.images });
  const { outcome, tests, message } = await context.substep('tests', () =>
    runAppTests(context, { stage: 'install', prepared }),
  );
  const data: InstallData = { proof, secrets };
  return {
    outcome,
    message: `Healthy behind the proxy as ${proof.chaosVersion}. ${message}`,
    tests,
    data: { ...data },
  };
};

async function newApp(context: StageContext): Promise<void> {
  const { request, abra, layout } = context;
  const { domain } = request.app;
  expectDone(context, await abra.appNew({ recipe: request.recipe, domain, chaos: true }), 'AppNewFailed');
  const file = join(layout.abraDir(request.uid), 'servers', 'default', `${domain}.env`);
  await writeFile(file, withEnvValues(await readFile(file, 'utf8'), envOverrides(request)), { mode: 0o600 });
}

/** Generates the app's secrets once; every later stage uses the same. Their values go into the sidecar and nowhere else. */
async function generateSecrets(context: StageContext): Promise<InstallData['secrets']> {
  const generated = await context.abra.secretGenerate(context.request.app.domain);
  expectDone(context, generated, 'SecretsNotGenerated');
  const secrets = generated.ok ? generated.value : [];
  context.log.hide(secrets.map((secret) => secret.value));
  await writeSidecar(context, Object.fromEntries(secrets.map(({ name, value }) => [name, value])));
  context.log.say(
    `${secrets.length} secrets generated${secrets.length > 0 ? `: ${secrets.map((secret) => secret.name).join(', ')}` : ''}`,
  );
  return secrets.map(({ name, value }) => ({
    name,
    sha256: createHash('sha256').update(value).digest('hex'),
  }));
}

async function answering(context: StageContext, deadline: Date) {
  const { request, prober, clock, log, signal, wait } = context;
  const { path, status } = request.settings.health;
  const proven = await proveRoute(
    { domain: request.app.domain, path, status, deadline, signal },
    { prober, clock, wait, onChange: (seen) => log.say(`https://${request.app.domain}${path}: ${seen}`) },
  );
  if (!proven.ok) throw new StageFailure(proven.fault, proven.cause);
  return proven.proof;
}
