/** Files that show people what a test saw. Secrets are taken out, or the file is not kept. */
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { makeRedactor, type Redactor } from '../../controller/domain/secrets/redact.ts';
import type { SecretValues } from '../../controller/store/sidecar.ts';

export type Evidence = (name: string, data: unknown) => Promise<string>;

/** One path component that says what it is. */
export function fileName(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '');
  return plain.slice(0, 100) || 'evidence';
}

/** Text and objects are written as text, bytes (a screenshot) as they are. Returns the file's path. */
export function makeEvidence(artifactsDir: string, secrets: SecretValues): Evidence {
  const redact = makeRedactor(Object.values(secrets));
  return async (name, data) => {
    const file = join(artifactsDir, fileName(name));
    await writeFile(file, data instanceof Uint8Array ? data : redact(asText(data)), { mode: 0o600 });
    return file;
  };
}

function asText(data: unknown): string {
  return typeof data === 'string' ? data : `${JSON.stringify(data, null, 2)}\n`;
}

export interface Failure {
  readonly name: string;
  readonly artifactsDir: string;
  readonly tracesDir: string;
  readonly secrets: SecretValues;
}

/**
 * A screenshot and a trace of a page whose test failed.
 * A trace holds every request and every key that was typed: where a secret is in it, it is not kept.
 */
export async function keepFailure(page: Page, context: BrowserContext, failure: Failure): Promise<void> {
  const base = join(failure.artifactsDir, fileName(failure.name));
  const redact = makeRedactor(Object.values(failure.secrets));
  const shown = await page.evaluate(visibleText, undefined).catch(() => '');
  const readable = redact(shown) === shown;
  if (readable) await page.screenshot({ path: `${base}.png`, timeout: SCREENSHOT_MS }).catch(() => undefined);
  const packed = join(failure.tracesDir, PACKED);
  await context.tracing.stop({ path: packed });
  // Only now is all of it on the disk.
  if (await holdsSecret(failure.tracesDir, redact))
    await writeFile(`${base}-trace.txt`, 'The trace is not kept: it holds a secret of the app.\n');
  else await copyFile(packed, `${base}-trace.zip`);
  if (!readable)
    await writeFile(`${base}-png.txt`, 'There is no screenshot: the page shows a secret of the app.\n');
}

const SCREENSHOT_MS = 5_000;
const PACKED = 'packed.zip';

/** Runs in the page: what a screenshot would show as text. */
function visibleText(): string {
  const fields = [...document.querySelectorAll<HTMLInputElement>('input:not([type=password]), textarea')];
  return [document.body.innerText, ...fields.map((field) => field.value)].join('\n');
}

/** A later test must not be judged by an earlier one's trace. */
export async function forgetTraces(tracesDir: string): Promise<void> {
  for (const name of await readdir(tracesDir).catch(() => []))
    await rm(join(tracesDir, name), { recursive: true, force: true });
}

async function holdsSecret(folder: string, redact: Redactor): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile() && one.name !== PACKED)) {
    const content = await readFile(join(entry.parentPath, entry.name), 'utf8');
    if (redact(content) !== content) return true;
  }
  return false;
}
