/** Data that a test leaves in the app, to look for it later. */
import type { App } from './app.ts';

export interface Seed {
  /** Writes a file in the service's container, and reads it back. The image needs a shell. */
  put(service: string, path: string, content: string): Promise<void>;
  get(service: string, path: string): Promise<string>;
}

export function makeSeed(app: App): Seed {
  const get = async (service: string, path: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await app.exec(service, ['cat', '--', path]);
    if (exitCode !== 0) throw new Error(`${path} in "${service}" cannot be read: ${stderr.trim()}`);
    return stdout;
  };
  return {
    get,
    async put(service, path, content) {
      const { exitCode, stderr } = await app.exec(service, ['sh', '-c', 'cat > "$1"', 'sh', path], content);
      if (exitCode !== 0) throw new Error(`${path} in "${service}" cannot be written: ${stderr.trim()}`);
      if ((await get(service, path)) !== content)
        throw new Error(`${path} in "${service}" does not keep what was written.`);
    },
  };
}
