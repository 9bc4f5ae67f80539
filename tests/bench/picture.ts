/** The screenshot that a run's evidence takes, as a command. */
import { screenshot } from '../../controller/stages/sandbox/browser.ts';

const [, , url = '', file = ''] = process.argv;
const env = process.env;
const options = {
  chromium: env['CHROMIUM'] ?? '',
  address: env['ADDRESS'] ?? null,
  domain: new URL(url).hostname,
  caFile: env['CA'] ?? null,
};
const { path, reason } = await screenshot({
  url,
  file,
  ...options,
  env: { PATH: env['PATH'] ?? '', HOME: env['HOME'] ?? '' },
});
if (path === null) {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
process.exit();
