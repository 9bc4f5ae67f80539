/** Keeps what is about to be deployed for `ccci-ctl diff`: the filled-in compose files and the app's .env, without secrets. */
import { join } from 'node:path';
import {
  DEPLOYED_COMPOSE,
  DEPLOYED_ENV,
  deployedCompose,
  deployedEnv,
} from '../../domain/compare/deployed-text.ts';
import { writeAtomic } from '../../store/atomic.ts';
import type { App, Step } from '../step/context.ts';
import { appEnv, composeInput } from './checkout-facts.ts';

export async function keepDeployed(context: App & Step): Promise<void> {
  const { artifacts, log } = context;
  const keep = (name: string, text: string): Promise<void> =>
    writeAtomic(join(artifacts, name), log.redact(text), { mode: 0o600 });
  await keep(DEPLOYED_COMPOSE, deployedCompose(await composeInput(context)));
  await keep(DEPLOYED_ENV, deployedEnv(await appEnv(context)));
}
