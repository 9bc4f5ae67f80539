/** The floor for recipes without functional tests of their own: the app answers, and goes on answering. */
import { expect, test } from '../../harness/fixtures.ts';
import { answerOf } from '../../harness/visit.ts';

test('the app answers three visitors at once', async ({ app }) => {
  const answers = await Promise.all([1, 2, 3].map(() => answerOf(app)));
  expect(answers.map(({ status }) => status)).toEqual([
    app.health.status,
    app.health.status,
    app.health.status,
  ]);
});
