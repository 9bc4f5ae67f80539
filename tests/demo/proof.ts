/** A run's results as a page of text. Pure. */
import { shownLevel } from '../../controller/domain/run/level.ts';
import type { RunResults } from '../../controller/api/results.ts';
import { InstallData, TeardownData } from '../../controller/api/stage-data.ts';
import { inventoryLines } from '../../controller/domain/swarm/inventory.ts';

type Step = RunResults['steps'][number];

const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;

export function proofText(results: RunResults): string {
  const lines = [
    '',
    `${results.verdict === 'Passed' ? '✔' : '✘'} ${results.verdict}: ${results.recipe} ${results.version ?? ''} at ${results.commit?.slice(0, 8) ?? 'no commit'}, level ${shownLevel(results) || '- of 5'}`,
    `  ${results.message}`,
    row(
      'deployed by',
      results.deployer === null ? 'nobody' : `${results.deployer.kind} (${results.deployer.version})`,
    ),
    '',
    ...results.steps.map(stepLine),
    ...identity(results.steps),
    ...teardown(results.steps),
    ...(results.cause === null
      ? []
      : [
          '',
          row('cause', results.cause.message),
          row('evidence', results.cause.evidence ?? '-'),
          row('next step', results.cause.nextStep ?? '-'),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function stepLine(step: Step): string {
  const tests =
    step.tests.length === 0
      ? ''
      : ` (${step.tests.filter((test) => test.state === 'passed').length} of ${step.tests.length} tests passed)`;
  return row(
    step.name,
    `${step.state.padEnd(8)} ${String(step.seconds ?? '-').padStart(6)} s  ${step.message}${tests}`,
  );
}

function identity(steps: readonly Step[]): string[] {
  const install = InstallData.safeParse(
    steps.find((step) => step.name === 'install' && step.state === 'passed')?.data,
  );
  if (!install.success) return [];
  const { proof } = install.data;
  const tasks = proof.services.flatMap((service) =>
    service.tasks.map(
      (task) =>
        `${service.name}: task ${task.id.slice(0, 12)}, container ${task.container.slice(0, 12)}, image ${service.image} (${service.imageId.slice(0, 19)})`,
    ),
  );
  return [
    '',
    'What answered was the commit under test:',
    row(
      'served at',
      `${proof.route.url} (HTTP ${proof.route.status}, ${proof.route.goodAnswers} good answers; an unknown host gets ${proof.route.controlStatus})`,
    ),
    row(
      'certificate',
      `${proof.route.certificateIssuer.replaceAll('\n', ', ')}, SHA-256 ${proof.route.certificateSha256.slice(0, 16)}…, verified`,
    ),
    row('label', `chaos-version ${proof.chaosVersion} = commit ${proof.commit.slice(0, 8)}`),
    ...tasks.map((task) => row('task', task)),
  ];
}

function scanned({ scan }: TeardownData): string[] {
  if (scan === null) return [];
  const { secrets, files, leaks } = scan;
  return [`Secrets looked for: ${secrets.length}, in ${files} files; found in ${leaks.length}.`];
}

function teardown(steps: readonly Step[]): string[] {
  const last = TeardownData.safeParse(steps.findLast((step) => step.name === 'teardown')?.data);
  if (!last.success) return [];
  const left = inventoryLines(last.data.after);
  return [
    '',
    `Teardown found ${inventoryLines(last.data.before).length} things and left ${left.length === 0 ? 'nothing' : left.join(', ')}.`,
    ...scanned(last.data),
  ];
}
