import { existsSync, readdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Removes the empty cgroups an engine's containers left: one tree in version 2, one a controller in version 1. */
export async function removeCgroups(name: string): Promise<void> {
  const roots = [
    ROOT,
    ...readdirSync(ROOT, { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => join(ROOT, e.name)),
  ];
  for (const root of roots) await removeTree(join(root, name));
}

async function removeTree(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  }
  // A process that is just ending keeps its cgroup busy for a moment; the next `down` finds it empty.
  await rmdir(dir).catch(() => {});
}
