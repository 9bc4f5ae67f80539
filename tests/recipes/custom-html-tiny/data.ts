/** Files that the web server serves, read as a visitor reads them; they are written without a shell, because the image has none. */
import { servedFiles } from '../../harness/ledger.ts';

export const { seed, read, mutate } = servedFiles({ service: 'app', folder: '/public', at: '/' });
