/** The share of a run's wall time that is cc-ci's own, stage by stage: all stages against the same commands in a bare shell script, in turn. */
import { STAGES } from '../../controller/api/stage.ts';
import { makeInstallation } from '../e2e/installation.ts';
import { bare, ours, RECIPES } from './bare.ts';
import { type Pair, stageTable } from './stage-table.ts';

export async function benchStages(pairs: number, out: (line: string) => void): Promise<void> {
  const installation = await makeInstallation();
  try {
    void installation.startController();
    for (const recipe of RECIPES) {
      // Fills the caches of both: they start the same programs.
      const { status } = await ours(installation, { recipe, name: `warm-${recipe}`, stages: STAGES });
      const rows: Pair[] = [];
      for (let i = 0; i < pairs; i++)
        rows.push({
          ours: await ours(installation, { recipe, name: `all${i}-${recipe}`, stages: STAGES }),
          bare: await bare(installation, status, { recipe, name: `bare${i}-${recipe}`, stages: STAGES }),
        });
      out(`${recipe}, ${pairs} pairs; medians, and the ratio's spread`);
      for (const line of stageTable(rows)) out(line);
    }
  } finally {
    await installation.destroy();
  }
}
