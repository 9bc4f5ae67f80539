/** What every page has around it. */
import { html, type Html, type Value } from './html.ts';

export interface Page {
  /** Of the window; the name of cc-ci is put behind it. */
  readonly title: string;
  readonly body: Value;
}

export function pageOf({ title, body }: Page): Html {
  return html`${[...pageParts({ title, parts: [html`${body}`] })]}`;
}

export interface LongPage {
  readonly title: string;
  readonly parts: Iterable<Html>;
}

/** A page in pieces that can be sent one after the other. */
export function* pageParts({ title, parts }: LongPage): Generator<Html> {
  yield html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · cc-ci</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script type="module" src="/assets/dashboard/client/main.ts"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <nav aria-label="cc-ci">
            <a class="home" href="/">cc-ci</a> <span>tests Co-op Cloud recipes</span>
            <a href="/queue">Queue</a>
          </nav>
        </header>
        <main id="main">
     `;
  yield* parts;
  yield html`</main>
      </body>
    </html> `;
}

/** Where something is not there, in a sentence. */
export function sentencePage(title: string, sentence: string): Html {
  return pageOf({
    title,
    body: html`<h1>${title}</h1>
      <p>${sentence}</p>
      <p><a href="/">All recipes</a></p>`,
  });
}
