/** Keeps a page as the server would make it now: one stream a tab, none while nobody looks. */
import { addLines, forgetLog, type Lines } from './log.ts';

/** A page is asked for no more often than that, however much happens. */
const PAUSE_MS = 1_000;

/** A visible tab has its one stream; browsers allow six to a server, and tabs in the background need none. */
function whileVisible(open: () => EventSource | null): void {
  let stream: EventSource | null = null;
  const look = (): void => {
    stream?.close();
    stream = document.hidden ? null : open();
  };
  document.addEventListener('visibilitychange', look);
  look();
}

export function followRun(): void {
  const steps = document.querySelector<HTMLElement>('#steps[data-follow]');
  if (steps === null) return;
  const refresh = refresher(`${location.pathname}?part=state`);
  let isOver = false;
  whileVisible(() => {
    if (isOver) return null;
    const { follow = '', after = '', known = '' } = steps.dataset;
    const stream = new EventSource(`${follow}?${String(new URLSearchParams({ follow: '', after, known }))}`);
    stream.addEventListener('state', () => refresh());
    stream.addEventListener('reset', () => forgetLog(steps));
    stream.addEventListener('lines', (event: MessageEvent<string>) => {
      // Where the next stream goes on; a reconnect of this one says it by itself.
      steps.dataset['after'] = event.lastEventId;
      addLines(steps, JSON.parse(event.data) as Lines);
    });
    stream.addEventListener('end', () => {
      isOver = true;
      stream.close();
      refresh();
    });
    return stream;
  });
}

export function followOverview(): void {
  if (document.querySelector('[data-follow-all]') === null) return;
  const refresh = refresher(location.href);
  whileVisible(() => {
    const stream = new EventSource('/api/v1/events');
    stream.addEventListener('changed', () => refresh());
    return stream;
  });
}

/** Asks at once, and once more after the pause if more happened meanwhile. */
function refresher(address: string): () => void {
  let [isBusy, isWanted] = [false, false];
  const ask = async (): Promise<void> => {
    if (isBusy) {
      isWanted = true;
      return;
    }
    [isBusy, isWanted] = [true, false];
    // What fails now is asked for again at the next change.
    await replaceParts(address).catch(() => undefined);
    setTimeout(() => {
      isBusy = false;
      if (isWanted) void ask();
    }, PAUSE_MS);
  };
  return () => void ask();
}

async function replaceParts(address: string): Promise<void> {
  const answer = await fetch(address, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.title = page.title;
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(old.id);
    if (fresh !== null && fresh.innerHTML !== old.innerHTML) replaced(old, fresh);
  }
}

/** Whoever has gone to a link with the keyboard, or has opened something, finds it as it was. */
function replaced(old: Element, fresh: Element): void {
  for (const each of old.querySelectorAll('details[id]'))
    if (each instanceof HTMLDetailsElement && each.open)
      fresh.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute('open', '');
  const { activeElement } = document;
  const href = old.contains(activeElement) ? activeElement?.getAttribute('href') : null;
  old.replaceWith(fresh);
  if (href !== null && href !== undefined)
    fresh.querySelector<HTMLElement>(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
}
