/** What single steps put into `result.json`'s `data`, and others read. */
import { z } from 'zod';

export const DeployerInfo = z.object({
  kind: z.enum(['abra', 'builtin', 'simulated']),
  version: z.string(),
  bin: z.string(),
});
export type DeployerInfo = z.infer<typeof DeployerInfo>;

export const PreparedData = z.object({
  /** The full commit that is tested. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  subject: z.string(),
  /** The version label of the head's compose files, or null. */
  version: z.string().nullable(),
  /** Newest published tag older than the head's own version, or null. */
  previousVersion: z.string().nullable(),
  images: z.array(z.object({ image: z.string(), id: z.string(), digest: z.string().nullable() })),
  warnings: z.array(z.string()),
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
});
export type TeardownData = z.infer<typeof TeardownData>;

export const EvidenceData = z.object({ files: z.array(z.string()), screenshot: z.string().nullable() });
export type EvidenceData = z.infer<typeof EvidenceData>;
