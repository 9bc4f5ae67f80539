/** Files that nginx serves, read as a visitor reads them. */
import { servedFiles } from '../../harness/ledger.ts';

export const { seed, read, mutate } = servedFiles({
  service: 'app',
  folder: '/usr/share/nginx/html',
  at: '/',
});
