/** The rest of the ordered list of first causes: what only single stages can find. Pure. */
import type { Group } from './tables.ts';

export const UPGRADE: Group = {
  title: 'The upgrade',
  because: 'what the new version asks of an old app is known before its data is read',
  rows: [
    ['NotInstalled', 'nobody', 'The stage goes on from an app that `install` deployed.', 'Ask for both stages.'],
    ['NoPreviousVersion', 'nobody', 'Nothing was published before this version; the stage is skipped.', 'Nothing: the next version has something to upgrade from.'],
    ['BaseNotDeployable', 'nobody', 'No published version can be deployed any more, so the upgrade was not judged.', 'Publish the missing images again, or upgrade once by hand from a running old version.'],
    ['NewVariableWithoutDefault', 'recipe', 'The new version needs a variable that an old `.env` does not have.', 'Give it a default, or name it in the release note as something that operators must set, with its value in `.env.sample`.'],
    ['NewSecret', 'recipe', 'The new version needs a secret that no app of the version before has, so that an operator’s deploy would be refused.', 'Keep the secret’s name and version, or say in the release note, by its name, that operators generate it before they upgrade.'],
    ['WrongImage', 'recipe', 'After the upgrade a service runs an image other than the head’s.', 'Did something else deploy into the stack, or swarm put the old version back?'],
    ['OrphanService', 'recipe', 'A service that the new version dropped still runs: nothing prunes it.', 'Tell operators in the release note, by the service’s name, to remove it after the upgrade.'],
    ['RedeployRestarts', 'recipe', 'The same version deployed over itself restarts a service.', 'Look for a value that changes with every deploy.'],
  ],
}; // oxfmt-ignore

export const DATA: Group = {
  title: 'Data',
  because: 'lost data is red even where every test is green',
  rows: [
    ['DataLost', 'recipe', 'What was written into the app is gone or changed, though nobody destroyed it.', 'The checksums of every moment are in the result: look what happens to the data there.'],
    ['SecretChanged', 'recipe', 'A secret no longer has the value it had, which locks the data behind it.', 'Keep the secret’s version; a rotation is a step by hand that a release note tells of.'],
    ['LedgerBroken', 'infra', 'The known data could not be written, changed or read.', 'Run the recipe’s `data.ts` by hand.'],
    ['LedgerEmpty', 'nobody', 'Nothing could be written into the app, so its survival is not shown.', 'Write a `data.ts` for the recipe: tests/recipes/_template has one.'],
  ],
}; // oxfmt-ignore

export const TESTS: Group = {
  title: 'Tests',
  because: 'a test that fails on an app that runs, is reached and has its data is about the app itself',
  rows: [
    ['TestFailed', 'recipe', 'A test of the recipe failed; it is named.', 'Look at the screenshot, the trace and the service’s log in the artifacts.'],
    ['TestsTimedOut', 'either', 'The tests did not end in time: those of the recipe’s own repository, or twice those of cc-ci (which is ours).', 'The last line they printed is the evidence: see what they wait for.'],
    ['TestsFailed', 'recipe', 'The tests failed and did not say which.', 'Read the lines of `tests` in the stage’s log.'],
    ['BrowserNotStarted', 'infra', 'A test wanted a browser, and this machine did not start one.', 'See what `ccci-ctl doctor` says of chromium and bubblewrap; with `CCCI_CA_FILE` a browser needs `certutil` (Debian: libnss3-tools); start the controller as root.'],
    ['BrowserLost', 'infra', 'The browser ended, or broke its protocol, while a test used it, twice.', 'Run again; if it comes back, look at the machine’s memory and at `ccci-ctl doctor`.'],
    ['TestsBroken', 'infra', 'The test files themselves could not be run.', 'Run them as tests/harness/README.md says.'],
    ['SandboxFailed', 'infra', 'The sandbox for the recipe’s own tests could not be made.', 'See `ccci-ctl doctor`, or set `localTests.enabled` to false in the RecipeSpec.'],
    ['RunnerMissing', 'infra', 'A program that runs tests of the recipe’s own is not on this machine.', 'Install it, or set `localTests.enabled` to false in the RecipeSpec.'],
    ['TestsSkipped', 'nobody', 'All of the recipe’s own tests were skipped, so nothing was judged.', 'Let one of them run, or remove them.'],
    ['StageUnverified', 'nobody', 'The stage could not be judged: there was no test for it, or all were skipped or quarantined.', 'Write a test for this stage, or do not ask for it: what was not judged is never green.'],
  ],
}; // oxfmt-ignore

const HOOKS = 'Run the hook by hand in the container: its words are the evidence.';
const LABELS = 'Look at the backupbot labels of compose.yml and at what the pre-hook writes.';

export const BACKUP: Group = {
  title: 'Backup and restore',
  because: 'they are tried on an app that is known to work',
  rows: [
    ['BackupNotExpected', 'nobody', 'The RecipeSpec says why there is nothing to back up; the stage is skipped.', 'Nothing.'],
    ['CoverageGap', 'nobody', 'The recipe has no backup label, and nobody says why.', 'Add backupbot labels, or `backup: { expected: false, reason: … }` to the RecipeSpec.'],
    ['BackupHookFailed', 'recipe', 'A backup hook failed.', HOOKS],
    ['BackupTooLarge', 'recipe', 'What the labels name is more than a backup of an app under test may have; it was stopped before the host was full.', 'Look for a file with holes, which counts by its size, and exclude by label what can be made anew.'],
    ['BackupFailed', 'either', 'The backup failed.', LABELS],
    ['BackupEmpty', 'recipe', 'The backup succeeded, and there is nothing in it.', LABELS],
    ['BackupTruncated', 'recipe', 'A dump in the backup is cut off.', 'A pipe hides that its first part failed unless the shell has `set -o pipefail`; check for space on the volume.'],
    ['BackupMissesData', 'recipe', 'The backup succeeded, and what was written into the app is not in it.', LABELS],
    ['NoBackup', 'nobody', 'There is no backup to restore.', 'Ask for the stage `backup` as well, and look why it did not pass.'],
    ['NotDestroyed', 'infra', 'The data was still there when it should have been destroyed: getting it back would prove nothing.', 'Let `mutate` in the recipe’s data.ts change or delete all that `read` shows.'],
    ['RestoreHookFailed', 'recipe', 'A restore hook failed.', HOOKS],
    ['RestoreFailed', 'either', 'The restore failed.', 'Its last words are the evidence.'],
    ['DataNotRestored', 'recipe', 'The restore succeeded, and the data did not come back.', 'Look at what the backup holds and at the restore hooks: the data has to be where the app reads it.'],
  ],
}; // oxfmt-ignore

export const END: Group = {
  title: 'The end',
  because: 'a run is not green where people could see a secret, or where something of it is left',
  rows: [
    ['SecretLeaked', 'infra', 'A secret of the app was in a file of the run, past every redaction; what held it was removed.', 'Find who wrote the file: a test that keeps bytes as evidence, or a form that controller/domain/secrets/redact.ts does not know.'],
    ['NotScanned', 'infra', 'The files of the run could not be scanned for secrets.', 'The log of teardown says why; then run again.'],
    ['Leftovers', 'either', 'Teardown could not remove everything.', 'What is left is named; `ccci-ctl get orphans` lists it, `ccci-ctl reap` tries again.'],
  ],
}; // oxfmt-ignore
