/** A run as anybody may read it: without passwords in addresses, without what an operator set for the recipe, and without paths of the machine. */
import type { RunView } from './runs.ts';
import { withoutCredentials } from './text.ts';

export type PublicRun = Omit<RunView, 'status' | 'problems'> & {
  readonly status: Omit<RunView['status'], 'accepted' | 'observedGeneration' | 'wish' | 'begunSteady'>;
  readonly problems: readonly { readonly line: number; readonly path: string; readonly message: string }[];
};

/** For `-o json` of a stranger: the shape of a run, but for what is left out. */
export function publicRun(run: RunView, stateDir: string): PublicRun {
  const { status, problems, ...rest } = run;
  const {
    accepted: _accepted,
    observedGeneration: _observed,
    wish: _wish,
    begunSteady: _begun,
    ...shown
  } = status;
  const said = {
    ...rest,
    status: shown,
    problems: problems.map(({ line, path, message }) => ({ line, path, message })),
  };
  return withTexts(said, (text) => withoutPlaces(withoutCredentials(text), stateDir));
}

/** `/srv/ccci/testruns/x.yaml` as `testruns/x.yaml`. */
export function withoutPlaces(text: string, stateDir: string): string {
  return text.replaceAll(`${stateDir}/`, '');
}

/** The same value with every text in it put through `change`. */
export function withTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => withTexts(each, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, change)])) as T;
}
