/** What a recipe's test gets: `import { expect, test } from '../../harness/fixtures.ts'`. */
import { test as base } from 'vitest';
import type { Page } from 'playwright';
import { launchBrowser } from '../../controller/stages/sandbox/browser.ts';
import { makeApp } from './app.ts';
import { readContext, readSecrets } from './context.ts';
import { forgetTraces, keepFailure, makeEvidence } from './evidence.ts';
import { makeSeed } from './seed.ts';

export { describe, expect } from 'vitest';

const TRACING = { screenshots: true, snapshots: true };

export const test = base
  .extend('context', { scope: 'worker' }, async () => readContext())
  .extend('secrets', { scope: 'worker' }, async ({ context }) => readSecrets(context))
  .extend('app', { scope: 'worker' }, async ({ context }) => makeApp(context))
  .extend('evidence', { scope: 'worker' }, async ({ context, secrets }) =>
    makeEvidence(context.artifactsDir, secrets),
  )
  .extend('seed', { scope: 'worker' }, async ({ app }) => makeSeed(app))
  // Started when the first test asks for it, once for all files of a run.
  .extend('browser', { scope: 'worker' }, async ({ context }, { onCleanup }) => {
    const launched = await launchBrowser(context);
    onCleanup(() => launched.close());
    return launched;
  })
  /** An empty page with cookies of its own; a failure leaves a screenshot and a trace. */
  .extend('page', async ({ app, browser, context, secrets, task }, { onCleanup }): Promise<Page> => {
    const session = await browser.browser.newContext({ baseURL: app.url, ignoreHTTPSErrors: false });
    await session.tracing.start(TRACING);
    const page = await session.newPage();
    const { artifactsDir } = context;
    onCleanup(async () => {
      const failed = task.result?.state === 'fail';
      const failure = { name: task.name, artifactsDir, tracesDir: browser.tracesDir, secrets };
      await (failed ? keepFailure(page, session, failure) : session.tracing.stop());
      await session.close();
      await forgetTraces(browser.tracesDir);
    });
    return page;
  });
