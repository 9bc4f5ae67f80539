/** Where everything lies: below the state directory, and what is of the moment below /tmp. Pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { StepName } from '../api/stage.ts';

export interface Layout {
  readonly root: string;
  readonly testruns: string;
  readonly statuses: string;
  readonly reports: string;
  /** Of enrolled recipes' repositories, of pull requests as they were seen and as they were reported to, and of Drone's builds. */
  readonly repositories: string;
  readonly pulls: string;
  readonly pullReports: string;
  readonly builds: string;
  /** A file for each comment that a webhook told of, until the bridge has looked at it. */
  readonly nudges: string;
  readonly runs: string;
  readonly signals: string;
  readonly lockFile: string;
  /** Space that is taken beforehand, for statuses on a full disk. */
  readonly reserveFile: string;
  readonly keyFile: string;
  specFile(name: string): string;
  statusFile(name: string): string;
  /** What was said of the run elsewhere; its reporter writes it. */
  reportFile(name: string): string;
  /** The Drone build that shows the run; the reconciler of builds writes it. */
  buildFile(name: string): string;
  /** Touched by a stage process when it has something to show; the informer watches the folder. */
  signalFile(name: string): string;
  runDir(uid: string): string;
  stagesDir(uid: string): string;
  stepDir(uid: string, step: { attempt: number; step: StepName; round: number }): string;
  artifactsDir(uid: string): string;
  secretsDir(uid: string): string;
  abraDir(uid: string): string;
  /** Gone when no step runs. Not below the state directory: Chromium makes a socket in it, whose path may have 107 bytes. */
  tmpDir(uid: string): string;
  /** All that is to be gone once the run is over. */
  passingDirs(uid: string): string[];
}

/** `<attempt>-<step>` for the first round, `<attempt>-<step>-<round>` for later ones. */
export function stepDirName(step: { attempt: number; step: StepName; round: number }): string {
  return `${step.attempt}-${step.step}${step.round > 1 ? `-${step.round}` : ''}`;
}

export function makeLayout(root: string): Layout {
  const runDir = (uid: string): string => join(root, 'runs', uid);
  const secretsDir = (uid: string): string => join(root, 'secrets', uid);
  const abraDir = (uid: string): string => join(root, 'abra', uid);
  const whose = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const tmpDir = (uid: string): string => join('/tmp', `ccci-${whose}-${uid}`);
  return {
    root,
    testruns: join(root, 'testruns'),
    statuses: join(root, 'status', 'testruns'),
    reports: join(root, 'status', 'reports'),
    repositories: join(root, 'status', 'repositories'),
    pulls: join(root, 'status', 'pulls'),
    pullReports: join(root, 'status', 'pull-reports'),
    builds: join(root, 'status', 'builds'),
    nudges: join(root, 'nudges'),
    runs: join(root, 'runs'),
    signals: join(root, 'signals'),
    lockFile: join(root, 'controller.lock'),
    reserveFile: join(root, 'status', 'reserve'),
    keyFile: join(root, 'installation.key'),
    specFile: (name) => join(root, 'testruns', `${name}.yaml`),
    statusFile: (name) => join(root, 'status', 'testruns', `${name}.json`),
    reportFile: (name) => join(root, 'status', 'reports', `${name}.json`),
    buildFile: (name) => join(root, 'status', 'builds', `${name}.json`),
    signalFile: (name) => join(root, 'signals', name),
    runDir,
    stagesDir: (uid) => join(runDir(uid), 'stages'),
    stepDir: (uid, step) => join(runDir(uid), 'stages', stepDirName(step)),
    artifactsDir: (uid) => join(runDir(uid), 'artifacts'),
    secretsDir,
    abraDir,
    tmpDir,
    passingDirs: (uid) => [secretsDir(uid), abraDir(uid), tmpDir(uid)],
  };
}
