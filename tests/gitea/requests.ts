/** What a Gitea was asked, read from its access log. */
import { readFile } from 'node:fs/promises';

export interface ServedRequest {
  readonly at: Date;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: number;
  /** Login of who asked, or null for nobody in particular. */
  readonly user: string | null;
  readonly userAgent: string;
}

const LINE = /^(\d+) (\S+) (\S+) (\d+) (\d+) (\S+) ?(.*)$/;

export async function readRequests(file: string): Promise<ServedRequest[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // Behind the last line break is nothing, or a line that is being written.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => requestOf(line, file));
}

function requestOf(line: string, file: string): ServedRequest {
  const [, at, method = '', path = '', status, bytes, user = '', userAgent = ''] = LINE.exec(line) ?? [];
  if (at === undefined)
    throw new Error(`${file} has a line that tests/gitea/settings.ts did not ask for: ${line}`);
  return {
    at: new Date(Number(at)),
    method,
    path,
    status: Number(status),
    bytes: Number(bytes),
    user: user === '-' ? null : user,
    userAgent,
  };
}
