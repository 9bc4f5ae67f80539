import { expect, test } from '../../harness/fixtures.ts';

test('the front page says the new version', async ({ app }) => {
  expect((await (await app.fetch('/')).text()).trim()).toBe(`tiny-web ${app.version}`);
});
