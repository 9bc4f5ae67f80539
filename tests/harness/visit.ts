/** A visit of the app as the floor makes it: what its RecipeSpec wants is an answer, whether it is a page or not. */
import type { Page } from 'playwright';
import type { App } from './app.ts';

type Visited = Pick<App, 'url' | 'health' | 'fetch'>;

export interface Answer {
  readonly status: number;
  /** Whether a browser would show it as a page. */
  readonly isPage: boolean;
}

/** As the proof of the route does. */
const MAX_REDIRECTS = 3;
const isRedirect = (status: number): boolean => status >= 300 && status <= 399;

/** What the health path is answered with: redirects to other pages of the app are followed, unless one of them is what is wanted. */
export async function answerOf(app: Visited): Promise<Answer> {
  const root = new URL(app.url);
  let at = new URL(app.health.path, `${app.url}/`);
  for (let left = isRedirect(app.health.status) ? 0 : MAX_REDIRECTS; ; left -= 1) {
    const response = await app.fetch(`${at.pathname}${at.search}`);
    const next = isRedirect(response.status) ? URL.parse(response.headers.get('location') ?? '', at) : null;
    const mayFollow = next !== null && next.protocol === root.protocol && next.host === root.host;
    if (left === 0 || !mayFollow) return { status: response.status, isPage: await isPage(response) };
    at = next;
  }
}

/** A browser downloads what is no page, shows an empty error as an error of its own, and asks who is there where it is told to. */
async function isPage(response: Response): Promise<boolean> {
  const { status, headers } = response;
  const body = await response.text();
  if (body === '' || isRedirect(status)) return false;
  if (status === 401 && headers.has('www-authenticate')) return false;
  if (/^\s*attachment/i.test(headers.get('content-disposition') ?? '')) return false;
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headers.get('content-type') ?? '');
}

/** The page's own errors: what its scripts threw, and requests that the app itself answered with 5xx. What the browser writes beside that is its own. */
export function watchErrors(app: Visited, page: Page): readonly string[] {
  const errors: string[] = [];
  const { origin } = new URL(app.url);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('response', (response) => {
    const isOwn = URL.parse(response.url())?.origin === origin;
    const isWanted = response.request().isNavigationRequest() && response.status() === app.health.status;
    if (isOwn && !isWanted && response.status() >= 500)
      errors.push(`HTTP ${response.status()} for ${response.url()}`);
  });
  return errors;
}
