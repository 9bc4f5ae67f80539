/** What happened to a run: `events.ndjson` in its folder, shown and never judged by. */
import { join } from 'node:path';
import { z } from 'zod';
import { API_VERSION, Instant } from '../api/primitives.ts';
import { readIfThere } from '../store/atomic.ts';
import type { Ctl } from './terminal/world.ts';
import { layoutOf, type RunView } from './runs.ts';

/** Only what is shown; a line that is not of this shape (torn by a crash) is passed over. */
const EventLine = z.object({
  time: Instant,
  reason: z.string(),
  message: z.string(),
  count: z.number().int().min(1).default(1),
});

export interface EventView {
  readonly apiVersion: string;
  readonly kind: 'Event';
  readonly metadata: { readonly name: string };
  readonly run: string;
  readonly time: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

function parsed(line: string): z.infer<typeof EventLine> | null {
  try {
    return EventLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Oldest first; the same thing said again in a row is counted, not repeated. */
export function eventsIn(text: string, run: string): EventView[] {
  const views: EventView[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const event = line === '' ? null : parsed(line);
    if (event === null) continue;
    const last = views.at(-1);
    const again = last !== undefined && last.reason === event.reason && last.message === event.message;
    const count = event.count + (again ? last.count : 0);
    if (again) views.pop();
    views.push({
      apiVersion: API_VERSION,
      kind: 'Event',
      metadata: { name: `${run}.${index + 1}` },
      run,
      ...event,
      count,
    });
  }
  return views;
}

export async function eventsOf(ctl: Pick<Ctl, 'config'>, run: RunView): Promise<EventView[]> {
  if (run.status.uid === '') return [];
  const text = await readIfThere(join(layoutOf(ctl).runDir(run.status.uid), 'events.ndjson'));
  return text === null ? [] : eventsIn(text, run.metadata.name);
}
