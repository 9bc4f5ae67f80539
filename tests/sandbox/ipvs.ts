import { existsSync } from 'node:fs';
import { execa } from 'execa';

/** dockerd loads the module itself where the kernel has it; so the question is asked the same way. */
export async function hasIpvs(): Promise<boolean> {
  const present = () => existsSync('/proc/net/ip_vs');
  if (!present()) await execa('modprobe', ['-q', 'ip_vs'], { reject: false });
  return present();
}
