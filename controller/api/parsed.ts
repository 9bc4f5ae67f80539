/** What became of a document that was read: its value, or what is wrong with it and where. Types only. */

/** Something wrong in a document: `file:line:column: path: message`. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly digest: string }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly digest: string };
