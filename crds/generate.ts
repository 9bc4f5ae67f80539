/** Writes crds/*.schema.json and the samples from the zod schemas, the list of first causes, the picture of the chart, and docker's schemas of compose files; `--check` says what is stale and writes nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { API_VERSION } from '../controller/api/primitives.ts';
import { BuildStatusBody } from '../controller/api/build-status.ts';
import { PullReportBody } from '../controller/api/pull-report.ts';
import { PullStatusBody } from '../controller/api/pull-status.ts';
import { ReportStatusBody } from '../controller/api/report-status.ts';
import { RepositoryStatusBody } from '../controller/api/repository-status.ts';
import { statusDocument } from '../controller/api/status-document.ts';
import { RecipeSpec } from '../controller/api/recipe-spec.ts';
import { RunResults } from '../controller/api/results.ts';
import { TestRun } from '../controller/api/test-run.ts';
import { TestRunStatus } from '../controller/api/test-run-status.ts';
import { firstCausesPage } from '../controller/domain/causes/first-cause.ts';
import { chartPicture } from './chart-picture.ts';
import { composeSchemas } from './compose-schemas.ts';

const HERE = import.meta.dirname;

const recipeSpec = {
  apiVersion: API_VERSION,
  kind: 'RecipeSpec',
  metadata: { name: 'custom-html' },
  spec: { category: 'simple', source: { repo: 'https://git.coopcloud.tech/coop-cloud/custom-html.git' } },
};
const testRun = {
  apiVersion: API_VERSION,
  kind: 'TestRun',
  metadata: { name: 'custom-html-1' },
  spec: { recipe: 'custom-html', source: { ref: 'main' }, stages: ['install'], timeout: '45m' },
};

/** File to content. Samples are parsed first: one that does not fit its schema is not written. */
export function generated(): Map<string, string> {
  const schema = (of: z.ZodType, io: 'input' | 'output'): string =>
    `${JSON.stringify(z.toJSONSchema(of, { io, target: 'draft-2020-12' }), null, 2)}\n`;
  const sample = (of: z.ZodType, value: object): string => (of.parse(value), stringify(value));
  return new Map([
    ['testrun.schema.json', schema(TestRun, 'input')],
    ['recipespec.schema.json', schema(RecipeSpec, 'input')],
    ['testrun-status.schema.json', schema(TestRunStatus, 'output')],
    ['report-status.schema.json', schema(statusDocument('ReportStatus', ReportStatusBody), 'output')],
    [
      'repository-status.schema.json',
      schema(statusDocument('RepositoryStatus', RepositoryStatusBody), 'output'),
    ],
    ['pull-status.schema.json', schema(statusDocument('PullStatus', PullStatusBody), 'output')],
    ['pull-report.schema.json', schema(statusDocument('PullReport', PullReportBody), 'output')],
    ['build-status.schema.json', schema(statusDocument('BuildStatus', BuildStatusBody), 'output')],
    ['results.schema.json', schema(RunResults, 'output')],
    ['samples/testrun.yaml', sample(TestRun, testRun)],
    ['samples/recipespec.yaml', sample(RecipeSpec, recipeSpec)],
    ['../docs/first-causes.md', firstCausesPage()],
    ['../docs/chart.svg', chartPicture()],
    ['../controller/domain/recipe/compose-schemas.json', composeSchemas()],
  ]);
}

/** Files whose content on disk is not what would be generated. */
export function stale(folder: string): string[] {
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch {
      return '';
    }
  };
  return [...generated()].filter(([file, text]) => read(file) !== text).map(([file]) => file);
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const old = stale(HERE);
    if (old.length > 0) {
      process.stderr.write(`Stale in crds/: ${old.join(', ')}. Run \`npm run generate\` and commit.\n`);
      process.exitCode = 1;
    }
  } else {
    mkdirSync(join(HERE, 'samples'), { recursive: true });
    for (const [file, text] of generated()) writeFileSync(join(HERE, file), text);
  }
}
