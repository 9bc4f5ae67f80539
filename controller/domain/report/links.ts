/** Where people read what reports speak of. Pure. */

/** Null everywhere where nothing is published. */
export interface Links {
  run(run: string): string | null;
  log(run: string, stage: string | null): string | null;
  history(recipe: string): string | null;
  files(run: string): string | null;
  /** One of those files, by the name under which it is listed. */
  file(run: string, name: string): string | null;
}

/** `publicUrl` is without a slash at its end. */
export function linksAt(publicUrl: string | null): Links {
  const at = (path: string): string | null => (publicUrl === null ? null : `${publicUrl}/${path}`);
  return {
    run: (run) => at(`runs/${run}`),
    log: (run, stage) => at(`runs/${run}${stage === null ? '' : `#${stage}`}`),
    history: (recipe) => at(`recipes/${recipe}`),
    files: (run) => at(`runs/${run}/files`),
    file: (run, name) => at(`runs/${run}/files/${name}`),
  };
}
