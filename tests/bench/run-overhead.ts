/** Wall time of a run against the same commands in a bare shell script, on the same swarm, in turn, as a ratio with its spread. */
import { makeInstallation } from '../e2e/installation.ts';
import { bare, ours, RECIPES } from './bare.ts';
import { median, spread } from './figures.ts';

const stages = ['install'] as const;

export async function benchRuns(pairs: number, out: (line: string) => void): Promise<void> {
  const installation = await makeInstallation();
  try {
    void installation.startController();
    for (const recipe of RECIPES) {
      const { status } = await ours(installation, { recipe, name: `warm-${recipe}`, stages });
      await bare(installation, status, { recipe, name: `warmbare-${recipe}`, stages });
      const rows = [];
      for (let i = 0; i < pairs; i++)
        rows.push({
          ours: (await ours(installation, { recipe, name: `bench-${recipe}-${i}`, stages })).total,
          bare: (await bare(installation, status, { recipe, name: `bare${i}-${recipe}`, stages })).total,
        });
      const ratios = rows.map((row) => row.ours / row.bare);
      out(
        `${recipe}: a run ${spread(rows.map((row) => row.ours))} s, the bare script ${spread(rows.map((row) => row.bare))} s`,
      );
      out(
        `${recipe}: ratio ${spread(ratios)} (at most 1.05 wanted: ${median(ratios) <= 1.05 ? 'yes' : 'NO'})`,
      );
    }
  } finally {
    await installation.destroy();
  }
}
