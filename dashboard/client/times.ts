/** Times that tick: `3m ago` stays true while the page is open. */
import { ageOf } from '../../controller/domain/text/time.ts';

const TICK_MS = 1_000;

export function tickTimes(): void {
  setInterval(() => {
    if (!document.hidden) for (const each of document.querySelectorAll('time')) tick(each);
  }, TICK_MS);
}

const now = (): number => performance.timeOrigin + performance.now();

function tick(each: HTMLTimeElement): void {
  const text = `${ageOf(now() - Date.parse(each.dateTime))} ago`;
  if (each.textContent !== text) each.textContent = text;
}
