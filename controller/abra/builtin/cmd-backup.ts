import type { Context } from './context.ts';
import { Fatal } from './log.ts';

export function backupCreate(_context: Context): Promise<void> {
  return Promise.reject(new Fatal('backup is not supported by the built-in deployer yet'));
}

export function appRestore(_context: Context): Promise<void> {
  return Promise.reject(new Fatal('restore is not supported by the built-in deployer yet'));
}
