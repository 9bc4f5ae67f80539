/** Reads a secret where the configuration says that it stands, each time anew. */
import { readFile } from 'node:fs/promises';
import { messageOf, Terminal } from './errors.ts';

/** More is no secret but another file. */
const MOST_BYTES = 4096;

export type SecretSource = { readonly file: string } | { readonly value: string };

/** Without the white space around it. Throws Terminal, which names the file and never what it holds. */
export async function readSecret(source: SecretSource): Promise<string> {
  if ('value' in source) return source.value;
  let text: string;
  try {
    text = await readFile(source.file, 'utf8');
  } catch (error) {
    throw new Terminal('SecretUnreadable', `${source.file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const secret = text.trim();
  if (secret === '' || text.length > MOST_BYTES)
    throw new Terminal(
      'SecretUnreadable',
      `${source.file} holds no secret: it is empty or larger than ${MOST_BYTES} bytes.`,
    );
  return secret;
}
