/** `/assets/`: the files that pages need, each by its name; nothing else can be asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sendCached } from './answers.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'dashboard');
const TYPES: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

export function addAssets(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    app.get(`/assets/${name}`, (request, reply) => sendCached(request, reply, { type, text }));
  }
}
