/** `npm run bench -- --help`: what cc-ci costs, side by side with what it is compared to. */
import { asked, type BenchName, HELP } from './arguments.ts';

type Bench = (times: number, out: (line: string) => void) => Promise<void>;

/** Loaded when it is asked for: `--help` needs no Docker. */
const PROGRAMS: Readonly<Record<BenchName, () => Promise<Bench>>> = {
  runs: async () => (await import('./run-overhead.ts')).benchRuns,
  stages: async () => (await import('./stage-overhead.ts')).benchStages,
  downtime: async () => (await import('./downtime-error.ts')).benchDowntime,
  readers: async () => (await import('./readers.ts')).benchReaders,
  lists: async () => (await import('./many-lists.ts')).benchLists,
  bridge: async () => (await import('./bridge.ts')).benchBridge,
  doors: async () => (await import('./doors.ts')).benchDoors,
  guard: async () => (await import('./guard.ts')).benchGuard,
  units: async () => (await import('./units.ts')).benchUnits,
  store: async () => (await import('./many-runs.ts')).benchStore,
};

async function main(args: readonly string[]): Promise<number> {
  const wish = asked(args);
  if ('problem' in wish) {
    process.stderr.write(`${wish.problem}\nSee npm run bench -- --help.\n`);
    return 2;
  }
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  if ('help' in wish) process.stdout.write(HELP);
  else for (const name of wish.names) await (await PROGRAMS[name]())(wish.times, out);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
