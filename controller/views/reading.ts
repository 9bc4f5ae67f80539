/** What the views read of runs and recipes: from the files, or from the store of the controller's own process. */
import type { LogLine } from '../api/stage.ts';
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { RunResources } from '../api/resources.ts';
import type { ReportStatusBody } from '../api/report-status.ts';
import type { RunResults } from '../api/results.ts';
import type { StatusDocument } from '../api/status-document.ts';
import type { TestRunStatus } from '../api/test-run-status.ts';
import type { SpecSeen } from '../ports.ts';
import type { KeptFile, OpenFile } from '../store/kept-files.ts';
import type { LogWindow } from '../store/log-files.ts';
import type { LogPart } from '../store/log-part.ts';
import type { LogHits, LogWanted } from '../store/log-search.ts';
import type { Tail } from '../store/log-tail.ts';
import type { EventLine } from '../store/records.ts';
import type { DocumentSeen } from '../store/spec-files.ts';
import type { StepDir, StepFiles } from '../store/step-files.ts';

/** What is there of one run; at least one of the two. */
export interface RunFiles {
  readonly status: TestRunStatus | 'unreadable' | null;
  readonly spec: SpecSeen | null;
}

export interface Reading extends RunReading {
  /** Where it all lies, for messages. */
  readonly stateDir: string;
  readonly recipesDir: string;
  /** Names of all runs that have a spec or a status, sorted. */
  runNames(): Promise<readonly string[]>;
  /** Files among the documents that look like some and are not read: they end otherwise. */
  strays(of: 'runs' | 'recipes'): Promise<readonly string[]>;
  /** Null where there is neither; names that are no names of objects must come from `runNames`. */
  run(name: string): Promise<RunFiles | null>;
  /** Sorted. */
  recipeNames(): Promise<readonly string[]>;
  recipe(name: string): Promise<DocumentSeen<RecipeSpec> | null>;
}

/** What a run left in its folder, by its uid; nothing where that is ''. */
export interface RunReading {
  events(uid: string): Promise<readonly (EventLine & { readonly number: number })[]>;
  /** In the order in which they are done. */
  steps(uid: string): Promise<readonly StepDir[]>;
  stepFiles(uid: string, step: Omit<StepDir, 'name'>): Promise<StepFiles>;
  log(uid: string, step: Omit<StepDir, 'name'>): Promise<readonly LogLine[]>;
  /** The last lines, within so many bytes. */
  logEnd(uid: string, step: Omit<StepDir, 'name'>, most: number): Promise<readonly LogLine[]>;
  /** The last lines with their numbers, at most so many lines and bytes. */
  logWindow(
    uid: string,
    step: Omit<StepDir, 'name'>,
    most: { readonly lines: number; readonly bytes: number },
  ): Promise<LogWindow>;
  /** The lines from a byte on, within about so many bytes. */
  logPart(
    uid: string,
    step: Omit<StepDir, 'name'>,
    part: { readonly from: number; readonly most: number },
  ): Promise<LogPart>;
  searchLog(uid: string, step: Omit<StepDir, 'name'>, wanted: LogWanted): Promise<LogHits>;
  /** Whether a line of the log begins at that byte, or will. */
  beginsLogLine(uid: string, step: Omit<StepDir, 'name'>, at: number): Promise<boolean>;
  /** `log.ndjson` as it is; null where the step left none. */
  openLog(uid: string, step: Omit<StepDir, 'name'>): Promise<OpenFile | null>;
  /** Each call makes one that begins at the first line. */
  tail(uid: string, step: Omit<StepDir, 'name'>): Tail;
  results(uid: string): Promise<RunResults | null>;
  /** Throws where `results.json` cannot be read. */
  resources(uid: string): Promise<RunResources | null>;
  /** The lines of `decisions.ndjson`, or null. */
  decisions(uid: string): Promise<string | null>;
  /** What the reporters said of the run of this name; null where none said anything. Throws where the file cannot be read. */
  report(name: string): Promise<StatusDocument<ReportStatusBody> | null>;
  /** The text of an artifact, or null. */
  artifact(uid: string, name: string): Promise<string | null>;
  /** Files in the run's folder of artifacts, sorted. */
  artifacts(uid: string): Promise<readonly KeptFile[]>;
  /** One of those that `artifacts` lists, to be sent on; null where it is gone. */
  openArtifact(uid: string, path: string): Promise<OpenFile | null>;
}

/** What every view needs. */
export interface Viewer {
  readonly reading: Reading;
  readonly now: () => Date;
  /** What cannot be read, and does not hide the rest. */
  readonly warn: (text: string) => void;
}
