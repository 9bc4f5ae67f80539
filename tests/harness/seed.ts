/** Data that a test leaves in the app, to look for it later. */
import type { App } from './app.ts';

export interface Seed {
  /** Writes a file in the service's container, and reads it back. The image needs no shell. */
  put(service: string, path: string, content: string): Promise<void>;
  get(service: string, path: string): Promise<string>;
}

export function makeSeed({ files }: App): Seed {
  const get = async (service: string, path: string): Promise<string> => {
    const content = await files.get(service, path);
    if (content === null) throw new Error(`${path} in "${service}" is not there.`);
    return Buffer.from(content).toString('utf8');
  };
  return {
    get,
    async put(service, path, content) {
      await files.put(service, path, content);
      if ((await get(service, path)) !== content)
        throw new Error(`${path} in "${service}" does not keep what was written.`);
    },
  };
}
