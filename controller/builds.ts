/** What the reconciler of builds needs of Drone, written from its side. Types only. */

/** What a build is told, and each of its steps finds in its environment: readable by everybody who may see the repository. */
export interface BuildParams {
  readonly RECIPE: string;
  readonly REF: string;
  /** Empty where there is none. */
  readonly PR: string;
  readonly SRC: string;
  /** Name of the run that the build shows. */
  readonly RUN: string;
}

export interface Build {
  readonly number: number;
  /** As Drone says it: `pending`, `running`, `success`, `killed` and so on. */
  readonly status: string;
  /** Nothing more will happen to it by itself. `killed` says nothing of what its steps had started. */
  readonly isOver: boolean;
  /** Why it ended as `error`, in Drone's words; '' where Drone says nothing. */
  readonly error: string;
  readonly params: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** Its page, for people. */
  readonly link: string;
}

/**
 * Builds of the one repository whose `.drone.yml` shows runs.
 * Throws Terminal where a person must act, Waiting where Drone asks for patience, and anything else (5xx, no answer, an answer
 * of another shape) to be tried again.
 */
export interface Builds {
  /** A lost answer says nothing: look through `newest` before calling it again. The build may have ended as `error` already. */
  create(params: BuildParams): Promise<Build>;
  /** Null where there is none of that number. */
  get(number: number): Promise<Build | null>;
  /** 25 a page from page 1, newest first; empty beyond the last. */
  newest(page: number): Promise<readonly Build[]>;
  /** One that is over stays as it is. Null where there is none of that number. */
  cancel(number: number): Promise<Build | null>;
  /** Whether Drone answers, takes the token, and knows the repository; throws as the others do. */
  check(): Promise<{ readonly version: string }>;
}
