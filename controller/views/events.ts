/** What happened to a run: `events.ndjson` in its folder, shown and never judged by. */
import { API_VERSION } from '../api/primitives.ts';
import type { EventLine } from '../store/records.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

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

/** Oldest first; the same thing said again in a row is counted, not repeated. */
export function eventViews(
  lines: readonly (EventLine & { readonly number: number })[],
  run: string,
): EventView[] {
  const views: EventView[] = [];
  for (const { number, ...event } of lines) {
    const last = views.at(-1);
    const again = last !== undefined && last.reason === event.reason && last.message === event.message;
    const count = event.count + (again ? last.count : 0);
    if (again) views.pop();
    views.push({
      apiVersion: API_VERSION,
      kind: 'Event',
      metadata: { name: `${run}.${number}` },
      run,
      ...event,
      count,
    });
  }
  return views;
}

export async function eventsOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status, metadata }: RunView,
): Promise<EventView[]> {
  return eventViews(await reading.events(status.uid), metadata.name);
}
