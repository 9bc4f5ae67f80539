/** A picture of the app as a visitor sees it. */
import { join } from 'node:path';
import { messageOf } from '../../runtime/errors.ts';
import type { App, Step } from '../step/context.ts';
import { exists } from '../../store/exists.ts';

const NAME = 'screenshot.png';

/** Takes it once in a run: beside the tests where the app gets so far, else with the evidence. Never throws; null where there is none. */
export async function takePicture(context: App & Step): Promise<string | null> {
  const { request, config, artifacts, log, env } = context;
  const file = join(artifacts, NAME);
  try {
    if (await exists(file)) return NAME;
    const { screenshot } = await import('../sandbox/browser.ts');
    const browser = {
      address: config.proxyAddress,
      domain: request.app.domain,
      caFile: config.caFile,
      chromium: config.chromium,
      env,
      onRefused: (where: string) => log.say(`the app's page leads to ${where}, which was not asked`, 'warn'),
    };
    const taken = await screenshot({
      url: `https://${request.app.domain}${request.settings.health.path}`,
      file,
      ...browser,
    });
    if (taken.path === null) log.say(`no screenshot: ${taken.reason}`, 'warn');
    return taken.path === null ? null : NAME;
  } catch (error) {
    log.say(`no screenshot: ${messageOf(error)}`, 'warn');
    return null;
  }
}
