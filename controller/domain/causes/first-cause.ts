/**
 * The ordered list of first causes: every reason that a verdict may give, what it means, and what to do.
 *
 * A run has one cause. The step that failed first has it; within a step a reason further up explains those below it.
 * The list is docs/first-causes.md for people, and what `ccci-ctl explain <Reason>` prints.
 */
import type { Cause } from '../../api/stage.ts';
import { FILES } from './files.ts';
import { BACKUP, DATA, END, TESTS, UPGRADE } from './stages.ts';
import { DEPLOYER, type Fault, type Group, IMAGES, MACHINE, RECIPE, ROUTE, SERVICES } from './tables.ts';

export const FIRST_CAUSES: readonly Group[] = [
  MACHINE,
  RECIPE,
  FILES,
  IMAGES,
  SERVICES,
  DEPLOYER,
  ROUTE,
  UPGRADE,
  DATA,
  TESTS,
  BACKUP,
  END,
];

export interface FirstCause {
  readonly reason: string;
  readonly fault: Fault;
  readonly means: string;
  readonly todo: string;
  readonly group: string;
  /** Its place in the list; lower explains higher. */
  readonly order: number;
}

const ALL: ReadonlyMap<string, FirstCause> = new Map(
  FIRST_CAUSES.flatMap(({ title, rows }) => rows.map((row) => ({ title, row }))).map(
    ({ title, row: [reason, fault, means, todo] }, order) => [
      reason,
      { reason, fault, means, todo, group: title, order },
    ],
  ),
);

export const firstCauses = (): readonly FirstCause[] => [...ALL.values()];

export const firstCauseOf = (reason: string): FirstCause | undefined => ALL.get(reason);

/** Rules that only abra knows (`R014`) come last. */
export const orderOf = (reason: string): number => ALL.get(reason)?.order ?? ALL.size;

/** A cause without a next step of its own gets that of its reason. */
export function withNextStep(cause: Cause): Cause {
  const todo = ALL.get(cause.reason)?.todo;
  return cause.nextStep !== undefined || todo === undefined ? cause : { ...cause, nextStep: todo };
}

export const WHOSE: Readonly<Record<Fault, string>> = {
  recipe: 'the recipe’s',
  infra: 'ours, or the machine’s',
  either: 'depends',
  nobody: 'not judged',
};

/** docs/first-causes.md. */
export function firstCausesPage(): string {
  const groups = FIRST_CAUSES.map(({ title, because, rows }, index) =>
    [
      `## ${index + 1}. ${title}`,
      '',
      `It comes here because ${because}.`,
      '',
      '| reason | fault | means | what to do |',
      '|---|---|---|---|',
      ...rows.map(([reason, fault, means, todo]) => `| ${reason} | ${WHOSE[fault]} | ${means} | ${todo} |`),
      '',
    ].join('\n'),
  );
  return [
    '# First causes',
    '',
    '<!-- Written by `npm run generate` from controller/domain/causes/first-cause.ts. -->',
    '',
    'A run has one first cause: a reason, one sentence, the service where there is one, the line that shows it, and what to do next.',
    'The step that failed first has it; within a step, a reason further up in this list explains those below it.',
    '`ccci-ctl explain <Reason>` says the same for one of them.',
    'Rules of abra’s own lint (`R014`) are explained by abra.',
    '',
    ...groups,
  ].join('\n');
}
