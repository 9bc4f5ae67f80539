/** The command line of the benches. Pure. */
import { parseArgs } from 'node:util';

export const BENCHES = [
  'runs',
  'stages',
  'downtime',
  'store',
  'readers',
  'lists',
  'bridge',
  'doors',
  'guard',
  'units',
] as const;
export type BenchName = (typeof BENCHES)[number];

/** The others take long. */
const WITHOUT_A_NAME: readonly BenchName[] = ['runs', 'store'];

export const HELP = `npm run bench [-- NAME…] [-- --times N]: what cc-ci costs, beside what it is compared to.

Benches (runs and store, where none is named)
  runs      wall time of a run that installs, against the same commands in a bare shell script
  stages    all stages, one by one, against the same commands: how much of each is ours (4 minutes a time, and 4)
  downtime  error of the upgrade's downtime meter on outages of known length, against a request a second (2 minutes a time)
  store     controller start and memory with many finished runs, against none
  readers   reading hostile files of a recipe, against the same half as long
  lists     10,000 runs listed and filtered from memory, against the same from the files (needs no Docker)
  guard     what policy, private network and limits cost a run that installs, against the same run without them
  bridge    requests of an idle poll with 200 recipes, and from a webhook to a run, to a stand-in of Gitea (needs no Docker)
  doors     seconds from a comment in a real Gitea to its run, by polling and by webhook (needs Gitea; half a minute a time)
  units     how far each systemd unit is closed, by systemd-analyze, and what it leaves open (needs no Docker)

Options
  --times N  how often each thing is measured (5)
  --help     this text

Examples
  npm run bench
  npm run bench -- stages --times 3
  npm run bench -- runs downtime

All but downtime, readers, lists, bridge, doors and units need root and start the test sandbox (tests/sandbox/README.md).
Ends 2 where the command line is wrong.
`;

export type Asked =
  | { readonly names: readonly BenchName[]; readonly times: number }
  | { readonly help: true }
  | { readonly problem: string };

export function asked(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { times: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return { help: true };
    const unknown = positionals.filter((name) => !isBench(name));
    if (unknown.length > 0) return { problem: `There is no bench "${unknown[0]}": ${BENCHES.join(', ')}.` };
    if (!/^[1-9]\d*$/.test(values.times))
      return { problem: `--times has to be a whole number from 1 on, and is "${values.times}".` };
    const names = BENCHES.filter((name) => positionals.includes(name));
    return { names: names.length === 0 ? WITHOUT_A_NAME : names, times: Number(values.times) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { problem: error.message };
  }
}

function isBench(name: string): name is BenchName {
  return (BENCHES as readonly string[]).includes(name);
}
