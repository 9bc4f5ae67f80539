/** `npm run bench [-- runs|store] [-- --times N]`: what cc-ci costs, side by side with what it is compared to. */
import { parseArgs } from 'node:util';
import { benchStore } from './many-runs.ts';
import { benchRuns } from './run-overhead.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '5' } },
});
const times = Number(values.times);
const out = (line: string): void => void process.stdout.write(`${line}\n`);
const wanted = positionals.length === 0 ? ['runs', 'store'] : positionals;
if (wanted.includes('runs')) await benchRuns(times, out);
if (wanted.includes('store')) await benchStore(times, out);
process.exit();
