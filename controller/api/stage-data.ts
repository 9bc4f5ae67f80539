/** What single steps put into `result.json`'s `data`, and others read. */
import { z } from 'zod';
import { OperatorNote } from './operator-note.ts';
import { ImageChange } from './bump.ts';
import { SecretScan } from './secret-scan.ts';

export const DeployerInfo = z.object({
  kind: z.enum(['abra', 'builtin', 'simulated']),
  version: z.string(),
  bin: z.string(),
});
export type DeployerInfo = z.infer<typeof DeployerInfo>;

/** What policy or lint has to say of one place of the recipe, or of all of it. */
export const Finding = z.object({
  /** CamelCase for our own checks, `R014` or `B004` for a row of abra's table. */
  rule: z.string(),
  severity: z.enum(['error', 'warning']),
  /** Null where the whole recipe is meant. */
  file: z.string().nullable().default(null),
  line: z.number().nullable().default(null),
  column: z.number().nullable().optional(),
  message: z.string(),
  /** What a packager or an operator would change. */
  fix: z.string(),
});
export type Finding = z.infer<typeof Finding>;

export const PreparedData = z.object({
  /** The full commit that is tested. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  subject: z.string(),
  /** The version label of the head's compose files, or null. */
  version: z.string().nullable(),
  /** The published version that operators are on, which the upgrade starts from, or null. */
  previousVersion: z.string().nullable(),
  images: z.array(
    z.object({
      image: z.string(),
      id: z.string(),
      digest: z.string().nullable(),
      bytes: z.number().nullable().default(null),
    }),
  ),
  /** Images that are others than those of the previous version, whether this run applies the change or not. */
  imageChanges: z.array(ImageChange).default([]),
  /** What the policy found, none of it an error; lint does not say it again. */
  findings: z.array(Finding).default([]),
  /** What only the RecipeSpec's `allow` lets through, as the errors that it would be. */
  lifted: z.array(Finding).optional(),
  /** What else is not as it should be, in sentences. */
  warnings: z.array(z.string()),
  /** What cc-ci deploys in addition to the recipe's own compose files, or null. */
  overlay: z.object({ why: z.string(), upstream: z.string() }).nullable().default(null),
  deployer: DeployerInfo,
});
export type PreparedData = z.infer<typeof PreparedData>;

/** Proof that what answered was the commit under test. */
export const IdentityProof = z.object({
  commit: z.string(),
  chaosVersion: z.string(),
  chaosVersionMatches: z.boolean(),
  route: z.object({
    url: z.string(),
    status: z.number(),
    /** SHA-256 of the certificate that was verified and presented. */
    certificateSha256: z.string(),
    certificateIssuer: z.string(),
    /** How an unknown host of the same zone answered: an equal answer is the proxy's own and never counts. */
    controlStatus: z.number(),
    goodAnswers: z.number(),
  }),
  services: z.array(
    z.object({
      name: z.string(),
      image: z.string(),
      imageId: z.string(),
      tasks: z.array(z.object({ id: z.string(), container: z.string(), node: z.string() })),
    }),
  ),
});
export type IdentityProof = z.infer<typeof IdentityProof>;

export const InstallData = z.object({
  proof: IdentityProof,
  secrets: z.array(z.object({ name: z.string(), sha256: z.string() })),
  /** From the start of the deploy until the app was proven to answer. */
  secondsToHealthy: z.number().nullable().default(null),
});
export type InstallData = z.infer<typeof InstallData>;

/** What exists of one app, by name. An empty inventory is what teardown has to prove. */
export const Inventory = z.object({
  services: z.array(z.string()),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  secrets: z.array(z.string()),
  configs: z.array(z.string()),
  /** `.env`, ABRA_DIR, sidecar, processes: what is ours outside the swarm. */
  local: z.array(z.string()),
});
export type Inventory = z.infer<typeof Inventory>;

export const TeardownData = z.object({
  before: Inventory,
  after: Inventory,
  removed: z.array(z.string()),
  seconds: z.number(),
  /** The look for secrets in what the run leaves; null where the values were gone. */
  scan: SecretScan.nullable().default(null),
});
export type TeardownData = z.infer<typeof TeardownData>;

export const EvidenceData = z.object({ files: z.array(z.string()), screenshot: z.string().nullable() });
export type EvidenceData = z.infer<typeof EvidenceData>;

// ---------------------------------------------------------------- data that has to survive

/** One thing that was written into the app for this run. */
export const LedgerEntry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'row', 'user']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const LedgerMoment = z.enum([
  'beforeUpgrade',
  'afterUpgrade',
  'afterRedeploy',
  'beforeBackup',
  'afterBackup',
  'mutated',
  'afterRestore',
  'freshApp',
  'afterFreshRestore',
]);
export type LedgerMoment = z.infer<typeof LedgerMoment>;

/** Checksum by moment; null where the entry was not there. */
export const LedgerRow = z.object({
  name: z.string(),
  kind: LedgerEntry.shape.kind,
  sums: z.partialRecord(LedgerMoment, z.string().nullable()),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

/** A secret as a container sees it, without the stack's prefix; null where the container could not be asked. */
export const SecretSum = z.object({ service: z.string(), name: z.string(), sha256: z.string().nullable() });
export type SecretSum = z.infer<typeof SecretSum>;

export const Downtime = z.object({
  /** Sum of the times in which the app did not answer as it should. */
  seconds: z.number(),
  probes: z.number(),
  /** How often each answer was seen: a status, or how far the request came. */
  answers: z.record(z.string(), z.number()),
  /** Seconds from the start of the switch to the first good answer after the last bad one; null where none was bad, or no good one came. */
  firstGoodAfter: z.number().nullable(),
});
export type Downtime = z.infer<typeof Downtime>;

/** Which published version an upgrade started from, and why not the wanted one. */
export const FromSelection = z.object({
  wanted: z.string(),
  taken: z.string().nullable(),
  reason: z.string(),
  tried: z.array(z.object({ version: z.string(), reason: z.string(), message: z.string() })),
});
export type FromSelection = z.infer<typeof FromSelection>;

/** What the version before backed up of its own data, to be restored into the head. */
export const PreviousBackup = z.object({
  version: z.string(),
  /** Null where there is none to restore. */
  snapshot: z.string().nullable(),
  /** Why there is none, or ''. */
  problem: z.string(),
  /** What a restore has to bring back. */
  expected: z.array(LedgerEntry),
});
export type PreviousBackup = z.infer<typeof PreviousBackup>;

/** Proof that what ran before the upgrade was the published version, as the swarm showed it. */
export const BaseProof = z.object({
  /** The version, or the commit where it was deployed by that. */
  label: z.string(),
  services: z.array(z.object({ name: z.string(), image: z.string(), configs: z.array(z.string()) })),
});
export type BaseProof = z.infer<typeof BaseProof>;

export const UpgradeData = z.object({
  from: z
    .object({
      version: z.string(),
      commit: z.string(),
      deployed: z.enum(['pinned', 'chaos']),
      /** Null in older results. */
      proof: BaseProof.nullable().default(null),
    })
    .nullable(),
  fromSelection: FromSelection,
  /** Null until the head runs. */
  proof: IdentityProof.nullable(),
  ledger: z.array(LedgerRow),
  secrets: z.array(SecretSum),
  downtime: Downtime.nullable(),
  volumes: z.array(z.string()),
  notes: z.array(z.string()),
  /** Whether operators can go back without a restore; null where it was not tried. */
  rollback: z
    .object({ to: z.string(), verdict: z.enum(['reversible', 'one-way']), detail: z.string() })
    .nullable()
    .default(null),
  /** The way from other published versions, newest first; empty where it was not asked for. */
  matrix: z
    .array(
      z.object({
        version: z.string(),
        outcome: z.enum(['passed', 'failed', 'notDeployable', 'notTried']),
        message: z.string(),
      }),
    )
    .default([]),
  /** Null where it was not asked for. */
  backup: PreviousBackup.nullable().default(null),
});
export type UpgradeData = z.infer<typeof UpgradeData>;

export const BackupData = z.object({
  snapshot: z.string().nullable(),
  artefact: z.object({
    /** False: who made the backup keeps it where we cannot look. */
    checked: z.boolean(),
    detail: z.string(),
    bytes: z.number().nullable(),
    holdsMarker: z.boolean().nullable(),
  }),
  coverage: z.array(
    z.object({ volume: z.string(), covered: z.enum(['whole', 'paths', 'no']), by: z.string() }),
  ),
  warnings: z.array(z.string()),
  /** What a restore has to bring back. */
  expected: z.array(LedgerEntry),
  ledger: z.array(LedgerRow),
  secrets: z.array(SecretSum),
});
export type BackupData = z.infer<typeof BackupData>;

export const RestoreData = z.object({
  snapshot: z.string().nullable(),
  ledger: z.array(LedgerRow),
  secrets: z.array(SecretSum),
  /** Whether operators can restore a backup of the version before into the head; null where it was not tried. */
  fromPrevious: z
    .object({ version: z.string(), verdict: z.enum(['restorable', 'needs-more']), detail: z.string() })
    .nullable()
    .default(null),
});
export type RestoreData = z.infer<typeof RestoreData>;

/** What became of the app after one of its services was killed. */
export const ResilienceRow = z.object({
  service: z.string(),
  /** From the kill until all of the app was healthy and answered again; null where it did not come so far. */
  seconds: z.number().nullable(),
  outcome: z.enum(['recovered', 'notRecovered', 'dataLost', 'notTried']),
});
export type ResilienceRow = z.infer<typeof ResilienceRow>;

export const FunctionalData = z.object({
  /** In the order of the kills; empty where it was not asked for. */
  resilience: z.array(ResilienceRow).default([]),
});
export type FunctionalData = z.infer<typeof FunctionalData>;

export const LintData = z.object({
  /** Errors first; without what prepare already said. */
  findings: z.array(Finding),
  /** Findings beyond the limit, which are counted and not kept. */
  omitted: z.number(),
  errors: z.number(),
  warnings: z.number(),
  /** The published version that the head was compared with, or null. */
  comparedWith: z.string().nullable(),
  /** Why there was nothing to compare with, or null. */
  notCompared: z.string().nullable(),
  /** What operators of that version must do by hand, and what changes for them. */
  operatorNotes: z.array(OperatorNote).default([]),
  abra: z.object({
    kind: z.enum(['abra', 'builtin', 'simulated']),
    /** False with the built-in deployer: its B-rules are not abra's R-rules. */
    ownRulesJudged: z.boolean(),
    rules: z.array(
      z.object({
        ref: z.string(),
        rule: z.string(),
        severity: z.string(),
        satisfied: z.boolean().nullable(),
      }),
    ),
  }),
});
export type LintData = z.infer<typeof LintData>;

/** What each step finds. */
export interface StepData {
  prepare: PreparedData;
  lint: LintData;
  install: InstallData;
  upgrade: UpgradeData;
  backup: BackupData;
  restore: RestoreData;
  test: FunctionalData;
  evidence: EvidenceData;
  teardown: TeardownData;
}
