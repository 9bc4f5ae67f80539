/** Options that are durations. */
import { Duration, durationMs } from '../../api/primitives.ts';
import { usageError } from '../../views/refusal.ts';

/** Reads `45m` from an option; the message names the option. */
export function durationOption(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const parsed = Duration.safeParse(text);
  if (!parsed.success)
    throw usageError(
      `${option} "${text}": ${parsed.error.issues[0]?.message}.`,
      `Write for example ${option} 30m.`,
    );
  return durationMs(parsed.data);
}
