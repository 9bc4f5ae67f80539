/** The files of a run that anybody may have: logs of its steps and its artifacts, each by the name under which it is listed. */
import { DEPLOYED_COMPOSE, DEPLOYED_ENV } from '../domain/compare/deployed-text.ts';
import type { OpenFile } from '../store/kept-files.ts';
import { publicationOf, type Publication } from './published.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

export interface RunFile {
  /** `1-install.log`, or `artifacts/` and the path of an artifact. */
  readonly name: string;
  /** Null where it is not known before it is opened. */
  readonly bytes: number | null;
  readonly open: () => Promise<OpenFile | null>;
}

/** They hold what an operator set for the recipe, hidden only where a name gives it away. */
const PRIVATE: ReadonlySet<string> = new Set([DEPLOYED_COMPOSE, DEPLOYED_ENV]);

export interface PublishedFiles {
  readonly publication: Publication;
  readonly files: readonly RunFile[];
}

export async function runFilesOf(
  viewer: Pick<Viewer, 'reading'>,
  run: Pick<RunView, 'status'>,
): Promise<PublishedFiles> {
  const { reading } = viewer;
  const { uid } = run.status;
  const publication = await publicationOf(viewer, run);
  if (!publication.files) return { publication, files: [] };
  const logs = publication.steps.map((step) => ({
    name: `${step.name}.log`,
    bytes: null,
    open: () => reading.openLog(uid, step),
  }));
  const kept = (await reading.artifacts(uid)).filter(({ path }) => !PRIVATE.has(path));
  const artifacts = kept.map(({ path, bytes }) => ({
    name: `artifacts/${path}`,
    bytes,
    open: () => reading.openArtifact(uid, path),
  }));
  return { publication, files: [...logs, ...artifacts] };
}
