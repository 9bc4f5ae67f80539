/** `/assets/`: the files that pages need, each by its name; nothing else can be asked for. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const ROOT = join(import.meta.dirname, '..', '..');
const DASHBOARD = join(ROOT, 'dashboard');
const TYPES: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The script of the pages and the modules that it shares with the server; each imports the others by these paths. */
const MODULES = [
  'dashboard/client/main.ts',
  'dashboard/client/live.ts',
  'dashboard/client/log.ts',
  'dashboard/client/times.ts',
  'dashboard/ansi.ts',
  'controller/domain/text/time.ts',
];

export function addAssets(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(TYPES))
    addAsset(app, name, { type, text: readFileSync(join(DASHBOARD, name), 'utf8') });
  for (const name of MODULES) {
    // The browser gets what Node runs: the same text with blanks in place of its types.
    const text = stripTypeScriptTypes(readFileSync(join(ROOT, name), 'utf8'));
    addAsset(app, name, { type: 'text/javascript; charset=utf-8', text });
  }
}

function addAsset(app: FastifyInstance, name: string, asset: { type: string; text: string }): void {
  app.get(`/assets/${name}`, (_request, reply) => reply.type(asset.type).send(asset.text));
}
