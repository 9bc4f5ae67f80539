/** The RecipeSpec's quarantine as it stands now, and what there is to say of it in a stage. */
import type { StageName } from '../../api/stage.ts';
import type { TestsJudged } from '../../domain/tests/judge-tests.ts';
import { excusedText, quarantineNow, type QuarantineNow, unmatched } from '../../domain/tests/quarantine.ts';
import type { StageContext } from '../step/context.ts';

export function quarantineOf({ request, clock }: Pick<StageContext, 'request' | 'clock'>): QuarantineNow {
  return quarantineNow(request.settings.quarantine, { recipe: request.recipe, now: clock.now() });
}

/** The failures that did not count are in the message already; entries that nothing fits are added. */
export function withQuarantineSaid<T extends TestsJudged>(
  context: Pick<StageContext, 'request' | 'clock' | 'log'>,
  stage: StageName,
  judged: T,
): T {
  const { inForce } = quarantineOf(context);
  const { recipe } = context.request;
  const missed = judged.outcome === 'errored' ? [] : unmatched(inForce, { recipe, stage, ran: judged.tests });
  const excused = excusedText(judged.tests, inForce);
  for (const text of [excused, ...missed]) if (text !== '') context.log.say(text, 'warn');
  return { ...judged, message: [judged.message, ...missed].join(' ') };
}
