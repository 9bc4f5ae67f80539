/** The floor after an upgrade; that the data is as before is judged by the ledger. */
import { expect, test } from '../../harness/fixtures.ts';
import { answerOf } from '../../harness/visit.ts';

test('the health path answers as the RecipeSpec says', async ({ app }) => {
  const answer = await answerOf(app);
  expect(answer.status).toBe(app.health.status);
});
