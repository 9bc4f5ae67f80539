/** Files in a service's running container by `docker cp`: the image needs no shell for it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Docker } from './docker.ts';

/** Sees the image's files and volumes; secrets, configs and tmpfs are mounted where `docker cp` does not look. */
export interface Files {
  /** Belongs to root afterwards. Its folder has to be there. */
  put(service: string, path: string, content: string | Uint8Array): Promise<void>;
  /** Null where there is no such file. */
  get(service: string, path: string): Promise<Uint8Array | null>;
  /** False: the image has no program that could delete it, and it is still there. */
  remove(service: string, path: string): Promise<boolean>;
}

/** Exit codes of `docker exec` for a program that the image does not have; which one depends on Docker's version. */
const NO_PROGRAM = [126, 127];
const NO_FILE = /could not find the file|no such (?:file|container:path)/i;

export function makeFiles(docker: Docker, containerOf: (service: string) => Promise<string>): Files {
  const failed = (service: string, path: string, { stderr }: { stderr: Uint8Array }): Error =>
    new Error(`${path} in "${service}": ${Buffer.from(stderr).toString('utf8').trim()}`);
  return {
    async put(service, path, content) {
      const container = await containerOf(service);
      await inScratch(async (file) => {
        await writeFile(file, content);
        const copied = await docker(['cp', file, `${container}:${path}`]);
        if (copied.exitCode !== 0) throw failed(service, path, copied);
      });
    },
    async get(service, path) {
      const container = await containerOf(service);
      return inScratch(async (file) => {
        const copied = await docker(['cp', '--follow-link', `${container}:${path}`, file]);
        if (copied.exitCode === 0) return readFile(file);
        if (NO_FILE.test(Buffer.from(copied.stderr).toString('utf8'))) return null;
        throw failed(service, path, copied);
      });
    },
    async remove(service, path) {
      const container = await containerOf(service);
      const removed = await docker(['exec', '--user', '0', container, 'rm', '-f', path]);
      if (removed.exitCode !== 0 && !NO_PROGRAM.includes(removed.exitCode))
        throw failed(service, path, removed);
      return removed.exitCode === 0;
    },
  };
}

async function inScratch<T>(work: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-file-'));
  try {
    return await work(join(dir, 'content'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
