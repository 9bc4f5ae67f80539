/** The page that lists what a run kept. */
import type { Publication } from '../controller/views/published.ts';
import type { RunView } from '../controller/views/runs.ts';
import type { RunFile } from '../controller/views/run-files.ts';
import { html, type Html } from './html.ts';
import { runPath, runState, table } from './parts.ts';
import { pageOf } from './shell.ts';

export function filesPage(
  run: RunView,
  { publication, files }: { readonly publication: Publication; readonly files: readonly RunFile[] },
): Html {
  const { name } = run.metadata;
  const path = runPath(name);
  const rows = files.map((file) => [
    html`<a href="${path}/files/${addressOf(file.name)}">${file.name}</a>`,
    file.bytes === null ? '' : sizeOf(file.bytes),
  ]);
  const none = publication.files ? 'This run left no files, or they are gone.' : publication.why;
  return pageOf({
    title: `Files of ${name}`,
    body: html`<h1>Files of ${name}</h1>
      <p>${runState(run)} · <a href="${path}">The run</a></p>
      ${rows.length === 0 ? html`<p>${none}</p>` : table('Files', ['Name', 'Size'], rows)}`,
  });
}

const addressOf = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

function sizeOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const kib = bytes / 1_024;
  return kib < 1_024 ? `${Math.round(kib)} KiB` : `${Math.round(kib / 102.4) / 10} MiB`;
}
