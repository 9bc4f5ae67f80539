/** The columns of every kind, declared once: the command line prints them, and pages and generated schemas may read them. */

/**
 * How a value becomes a cell.
 * `sha`: a full commit shortened; `age`: time since the instant; `span`: from the first path's instant to the second's, or to now;
 * `phase`: the phase, or the verdict once the run is finished, and `ReconcileFailed` while that condition holds; `stage`: the current step, or the one that decided the verdict.
 */
export type CellFormat = 'text' | 'sha' | 'age' | 'span' | 'phase' | 'stage';

export interface PrinterColumn {
  readonly name: string;
  readonly format: CellFormat;
  /** Dotted paths into the object; for `text`, `sha` and `age` the first that holds something is shown. */
  readonly paths: readonly [string, ...string[]];
  /** Only with `-o wide`. */
  readonly wide: boolean;
  readonly description: string;
}

type Rest = Partial<Pick<PrinterColumn, 'format' | 'wide'>>;

function column(
  name: string,
  what: { paths: readonly [string, ...string[]]; description: string },
  rest: Rest = {},
): PrinterColumn {
  return { name, format: 'text', wide: false, ...what, ...rest };
}

const WIDE = { wide: true } as const;

export const RUN_COLUMNS: readonly PrinterColumn[] = [
  column('NAME', { paths: ['metadata.name'], description: 'Name of the TestRun.' }),
  column('RECIPE', { paths: ['spec.recipe'], description: 'Recipe under test.' }),
  column('PR', { paths: ['spec.source.pr'], description: 'Pull request, where there is one.' }),
  column(
    'REF',
    {
      paths: ['status.commit', 'spec.source.ref'],
      description: 'Commit under test, or the ref that was asked for.',
    },
    { format: 'sha' },
  ),
  column(
    'PHASE',
    {
      paths: ['status.phase', 'status.verdict', 'status.conditions[?(@.type=="ReconcileFailed")].status'],
      description:
        'Phase, or the verdict once the run is finished; and whether the controller fails to act on it.',
    },
    { format: 'phase' },
  ),
  column(
    'STAGE',
    {
      paths: ['status.stage', 'status.steps'],
      description: 'Current step, or the one that decided the verdict.',
    },
    { format: 'stage' },
  ),
  column('LEVEL', {
    paths: ['status.levelSays', 'status.level'],
    description: 'Level from 0 (broken) to 5 (lints clean as well).',
  }),
  column(
    'AGE',
    { paths: ['metadata.createdAt'], description: 'Time since the run was asked for.' },
    { format: 'age' },
  ),
  column(
    'DURATION',
    {
      paths: ['status.begunAt', 'status.finishedAt'],
      description: 'Time since the run took its slot, until its end.',
    },
    { format: 'span' },
  ),
  column('DOMAIN', { paths: ['status.app.domain'], description: "The app's address while it is up." }, WIDE),
  column(
    'REASON',
    { paths: ['status.cause.reason', 'status.queue.reason'], description: 'Why it failed, or why it waits.' },
    WIDE,
  ),
  column(
    'REQUESTED-BY',
    { paths: ['spec.trigger.user', 'spec.trigger.kind'], description: 'Who asked for the run.' },
    WIDE,
  ),
  column('VERDICT', { paths: ['status.verdict'], description: 'The verdict, once there is one.' }, WIDE),
];

export const RECIPE_COLUMNS: readonly PrinterColumn[] = [
  column('NAME', { paths: ['metadata.name'], description: 'Name of the recipe.' }),
  column('CATEGORY', { paths: ['spec.category'], description: 'Kind of app.' }),
  column('VALID', { paths: ['status.valid'], description: 'Whether the RecipeSpec can be used.' }),
  column('LAST', { paths: ['status.lastVerdict'], description: 'Verdict of the last finished run.' }),
  column('LEVEL', {
    paths: ['status.levelSays', 'status.level'],
    description: 'Level that the last finished run reached.',
  }),
  column('RUNS', { paths: ['status.runs'], description: 'Runs on record.' }),
  column(
    'AGE',
    { paths: ['metadata.createdAt'], description: 'Time since the file was added.' },
    { format: 'age' },
  ),
  column('LAST-RUN', { paths: ['status.lastRun'], description: 'Name of the last finished run.' }, WIDE),
  column('REPO', { paths: ['spec.source.repo'], description: 'Where the recipe is fetched from.' }, WIDE),
];

export const QUEUE_COLUMNS: readonly PrinterColumn[] = [
  column('POSITION', { paths: ['status.queue.position'], description: 'Place in the queue, 1 is next.' }),
  column('NAME', { paths: ['metadata.name'], description: 'Name of the TestRun.' }),
  column('RECIPE', { paths: ['spec.recipe'], description: 'Recipe under test.' }),
  column(
    'PHASE',
    { paths: ['status.phase', 'status.verdict'], description: 'Queued or Pending.' },
    { format: 'phase' },
  ),
  column(
    'AGE',
    { paths: ['metadata.createdAt'], description: 'Time since the run was asked for.' },
    { format: 'age' },
  ),
  column('REASON', { paths: ['status.queue.reason', 'status.message'], description: 'What it waits for.' }),
  column(
    'REQUESTED-BY',
    { paths: ['spec.trigger.user', 'spec.trigger.kind'], description: 'Who asked.' },
    WIDE,
  ),
];

export const EVENT_COLUMNS: readonly PrinterColumn[] = [
  column('AGE', { paths: ['time'], description: 'Time since the event was last seen.' }, { format: 'age' }),
  column('RUN', { paths: ['run'], description: 'Name of the TestRun.' }),
  column('REASON', { paths: ['reason'], description: 'CamelCase reason.' }),
  column('COUNT', { paths: ['count'], description: 'How often it was seen in a row.' }),
  column('MESSAGE', { paths: ['message'], description: 'One sentence.' }),
  column('TIME', { paths: ['time'], description: 'Absolute time in UTC.' }, WIDE),
];

export const APP_COLUMNS: readonly PrinterColumn[] = [
  column('NAME', { paths: ['metadata.name'], description: 'Stack on the swarm.' }),
  column('RUN', { paths: ['run'], description: 'The run that owns it.' }),
  column('SERVICES', { paths: ['services'], description: 'Number of services.' }),
  column('THINGS', { paths: ['things'], description: 'Everything that bears its name, services included.' }),
  column(
    'AGE',
    { paths: ['metadata.createdAt'], description: 'Time since its oldest thing was made.' },
    { format: 'age' },
  ),
  column('DOMAIN', { paths: ['domain'], description: 'Address behind the proxy.' }, WIDE),
];

export const ORPHAN_COLUMNS: readonly PrinterColumn[] = [
  column('KIND', { paths: ['thing'], description: 'service, container, network, volume, secret or config.' }),
  column('NAME', { paths: ['metadata.name'], description: 'Name on the swarm.' }),
  column('STACK', { paths: ['stack'], description: 'Stack that it belonged to.' }),
  column('AGE', { paths: ['metadata.createdAt'], description: 'Time since it was made.' }, { format: 'age' }),
  column('REASON', { paths: ['reason'], description: 'Why it is judged an orphan.' }),
];
