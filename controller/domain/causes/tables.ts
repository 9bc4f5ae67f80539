/** The rows of the ordered list of first causes: what each reason means, and what to do. Pure. */

/** `either`: whoever's the place that failed is. */
export type Fault = 'recipe' | 'infra' | 'either' | 'nobody';

/** Reason, whose fault, what it means, what to do where the cause itself says nothing better. */
export type Row = readonly [reason: string, fault: Fault, means: string, todo: string];

export interface Group {
  readonly title: string;
  /** Why what follows comes after it. */
  readonly because: string;
  readonly rows: readonly Row[];
}

const AGAIN = 'Run again: `ccci-ctl rerun run/<name>`; if it comes back, look at the controller’s log.';

export const MACHINE: Group = {
  title: 'The machine',
  because: 'what fails while the machine itself is disturbed proves nothing',
  rows: [
    ['DockerNotAnswering', 'infra', 'Docker did not answer.', 'Look at the Docker service and its log, then run again.'],
    ['DockerRestarted', 'infra', 'Docker was restarted, or a node was lost or changed, during the step.', AGAIN],
    ['ClockStepped', 'infra', 'The clock of the machine was set, or the machine stood still, during the step.', 'See that the clock is right and kept so, then run again.'],
    ['StageLost', 'infra', 'A step’s process ended without a result, twice.', AGAIN],
    ['Timeout', 'either', 'A step, or the run, took longer than its limit.', 'See in the step’s log what it waited for; raise the limit only if the wait was right.'],
    ['DiskLimit', 'either', 'The app held more on the disk than `CCCI_LIMIT_DISK` (the recipe’s), or less was free on this machine than `CCCI_DISK_FLOOR` (the machine’s).', 'Let the app write less, or raise `CCCI_LIMIT_DISK`; make room on the machine where it was full without it.'],
    ['Internal', 'infra', 'An error of cc-ci itself.', 'The step’s log has the stack: report it.'],
    ['WrongCommit', 'infra', 'What was deployed is not the commit under test, or what ran before an upgrade not the published version.', 'Nobody else may deploy into this stack; run again.'],
    ['NotTakenDown', 'infra', 'Parts of the app were still there after they had been removed.', 'Look at the Docker service’s log, and for containers that do not stop.'],
    ['StageErrored', 'infra', 'A step could not judge and did not say why.', 'Read the step’s log: `ccci-ctl logs run/<name> --failed`.'],
    ['StageFailed', 'recipe', 'A step failed and did not say why.', 'Read the step’s log: `ccci-ctl logs run/<name> --failed`.'],
  ],
}; // oxfmt-ignore

export const RECIPE: Group = {
  title: 'Getting and reading the recipe',
  because: 'nothing was deployed yet',
  rows: [
    ['RefNotFound', 'infra', 'The repository has no such branch, tag or commit.', 'Ask for one that `git ls-remote` shows.'],
    ['RecipeNotFetched', 'infra', 'The repository could not be fetched.', 'Try `git ls-remote` on this machine.'],
    ['RepositoryTooLarge', 'recipe', 'The repository, or a commit of it, has more files, folders or bytes than a recipe can have; nothing of it was checked out.', 'Remove what is not the recipe’s, also from the history; docs/security.md has the limits.'],
    ['TagsNotFetched', 'infra', 'Upstream’s tags could not be fetched.', 'Try `git ls-remote --tags` on this machine.'],
    ['OverlayInvalid', 'infra', 'The operator’s overlay for the recipe is not valid.', 'Correct it, or remove it; docs/enroll-recipe.md says what one looks like.'],
    ['BumpNotApplied', 'infra', 'A run that was to apply only some image bumps could not do so; the commit is not judged.', 'Name services whose image the commit changes, or leave `spec.bump` out.'],
    ['FileTooLarge', 'recipe', 'A file of the recipe is larger than cc-ci reads.', 'A recipe’s compose and env files are a few pages.'],
    ['CannotLint', 'recipe', '`abra recipe lint` refuses the recipe.', 'Try `abra recipe lint <recipe>`.'],
    ['LintNotRun', 'infra', '`abra recipe lint` could not judge.', 'Look at the log of the stage and at `ccci-ctl doctor`.'],
  ],
}; // oxfmt-ignore

export const IMAGES: Group = {
  title: 'Images',
  because: 'a task whose image is not there says nothing of the app',
  rows: [
    ['RegistryRateLimit', 'infra', 'The registry’s rate limit was reached.', 'Try again later, or log the node in to the registry.'],
    ['RegistryUnreachable', 'infra', 'The registry does not answer as it should.', 'Look at the registry and at this machine’s way to it.'],
    ['PullFailed', 'infra', 'An image could not be pulled.', '`docker pull` says the same: look at the Docker service’s log.'],
    ['ImageMissing', 'recipe', 'The registry does not have this image.', 'Check its name and tag in the compose file.'],
  ],
}; // oxfmt-ignore

const SWARMS = 'This is the swarm, not the recipe: look at its nodes, networks and address pools.';

export const SERVICES: Group = {
  title: 'Services',
  because: 'a task that ends explains a missing route, a failed test and lost data, and not the other way round; what happened first comes first, and within a second this order holds',
  rows: [
    ['SwarmRollback', 'recipe', 'Swarm put the old version back, which may still answer.', 'Read the log of the new task; its exit code is in the message.'],
    ['UpdatePaused', 'recipe', 'Swarm stopped the update half-way.', 'Read the log of the new task; its exit code is in the message.'],
    ['Unschedulable', 'recipe', 'No node may run the service.', 'Check `deploy.placement`, `deploy.resources` and host ports.'],
    ['InsufficientResources', 'infra', 'No node has room for the service.', 'Free memory, processors or nodes, or let fewer runs go on at once.'],
    ['OutOfMemory', 'recipe', 'A container used more memory than its limit, which the message names.', 'Raise `deploy.resources.limits.memory` in the recipe, or the operator `CCCI_LIMIT_MEMORY`; or make the app use less.'],
    ['ProcessLimit', 'recipe', 'A service had all the processes that it may have, and could start no other.', 'Raise `deploy.resources.limits.pids` in the recipe, or the operator `CCCI_LIMIT_PIDS`; or make the app start fewer.'],
    ['SecretMissing', 'recipe', 'A secret that a service needs is not there.', 'Every secret of compose.yml needs its `SECRET_…_VERSION` in .env.sample.'],
    ['ConfigMissing', 'recipe', 'A config that a service needs is not there.', 'Check the `configs:` of compose.yml and the versions that abra.sh exports.'],
    ['MountFailed', 'recipe', 'A mount could not be made.', 'Use a named volume.'],
    ['SwarmAllocation', 'infra', 'Swarm gives a task no address, or no task at all.', SWARMS],
    ['PortInUse', 'recipe', 'A port of the host is taken.', 'Let Traefik route to the app instead of publishing a port.'],
    ['CommandNotStarted', 'recipe', 'The command of a service could not be run.', 'Check `command:` and `entrypoint:`: the file must exist in the image and be executable.'],
    ['NodeLost', 'infra', 'A task was lost together with its node.', SWARMS],
    ['TaskExited', 'recipe', 'A service exited by itself; the message has its exit code.', 'Read the last lines of its log.'],
    ['HealthcheckFailing', 'recipe', 'A health check does not succeed.', 'Run it by hand in the container; a slow start needs a longer `start_period`.'],
    ['TaskFailed', 'recipe', 'Swarm gave up on a task and says why in its own words.', 'Read those words, and the last lines of the log.'],
    ['NotConverged', 'recipe', 'The services do not run as asked within `health.timeout`.', 'Read the service’s log; if the app is only slow, raise `health.timeout`.'],
    ['NotResilient', 'recipe', 'A service was killed once, and the app did not come back by itself.', 'Kill its container by hand with `docker kill`, and read the log of the task that follows.'],
    ['NotSettled', 'recipe', 'The app keeps restarting before or after a backup.', 'Look which service restarts, and why.'],
  ],
}; // oxfmt-ignore

const REFUSED = 'Try the command that the message names on a swarm of your own.';

export const DEPLOYER: Group = {
  title: 'The deployer',
  because: 'abra’s own words only count where the swarm shows nothing',
  rows: [
    ['AppNewFailed', 'either', '`abra app new` failed.', REFUSED],
    ['SecretsNotGenerated', 'either', '`abra app secret generate` failed.', REFUSED],
    ['DeployedDiffers', 'recipe', 'What the swarm was told differs from what was judged; the app was taken down at once.', 'Both sides are in the evidence: write this part of the compose file plainly.'],
    ['ProxyNetworkMissing', 'infra', 'The run’s own network between its app and the proxy is not there.', 'Run `ccci-ctl proxy` again: it makes the networks for `CCCI_MAX_TESTS` runs, and lets the proxy join them.'],
    ['ProxyNetworkUnserved', 'infra', 'No proxy has joined the run’s own network.', 'Run `ccci-ctl proxy` again while no run is going on: the proxy is restarted to join it.'],
    ['ProxyNetworkTaken', 'infra', 'Something else is in the network that has to be the run’s alone.', 'Remove the service that the message names; two installations of cc-ci cannot share a swarm.'],
    ['EgressNotClosed', 'infra', 'The RecipeSpec says `egress: none`, and the deployer reads the recipe’s own files, which cannot be closed.', 'Use the built-in deployer for this recipe, or set `egress: open`.'],
    ['ReservedFile', 'recipe', 'The recipe has a file under the name that cc-ci gives to the limits that it puts in.', 'Call the file otherwise.'],
    ['LimitsNotPut', 'infra', 'The deployer reads the recipe’s own files, and the limits of cc-ci cannot be put beside them.', 'Use the built-in deployer with `CCCI_DEPLOYER_TAKES=tree` for this recipe.'],
    ['NoSlot', 'infra', 'The run was begun by an older cc-ci, which gave it no network of its own.', 'Ask for the run again.'],
    ['DeployFailed', 'either', '`abra app deploy` failed, and the swarm does not show why.', REFUSED],
  ],
}; // oxfmt-ignore

export const ROUTE: Group = {
  title: 'The route',
  because: 'an app that is not reached cannot be tested',
  rows: [
    ['ProxyUnreachable', 'infra', 'The proxy itself was not reached.', 'Is Traefik running, is port 443 published, and does the name lead to it?'],
    ['CertificateNotTrusted', 'either', 'The certificate is not trusted.', 'Look at the router’s tls labels, and at the proxy’s wildcard certificate.'],
    ['RouteMissing', 'recipe', 'The proxy does not know the host, or the path.', 'Look at the traefik labels under `deploy.labels`; the one that was found is in the message.'],
    ['RouteBadGateway', 'recipe', 'The proxy has a route, and nothing answers behind it.', 'Compare `loadbalancer.server.port` with the port that the app listens on, on all addresses.'],
    ['RouteNoAnswer', 'either', 'The proxy was reached, and gave no answer in time.', 'Does the app answer within 5 s?'],
    ['RouteWrongStatus', 'recipe', 'The app answers with a status other than the one its RecipeSpec names.', 'Read its log; if the answer is right, change `health` in the RecipeSpec.'],
    ['NotReady', 'recipe', 'All services run, and the `readyProbe` is not answered as it wants.', 'Read the app’s log, and `readyProbe` in the RecipeSpec.'],
    ['RouteUnstable', 'either', 'The app answers only now and then.', 'Look at restarts and health checks, or allow more time in `health.timeout`.'],
  ],
}; // oxfmt-ignore
