import { join } from 'node:path';

export const REGISTRY_PORT = 5000;

/** Settings for Debian's docker-registry: empty at the start, plain HTTP, pushes and deletions allowed. */
export function registryConfig(address: string, dir: string): string {
  return `version: 0.1
log:
  level: warn
  accesslog: { disabled: true }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(join(dir, 'registry'))} }
  delete: { enabled: true }
http:
  addr: ${address}:${REGISTRY_PORT}
`;
}
