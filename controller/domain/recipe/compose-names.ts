/** Which compose files an app is made of. Pure. */

/** `COMPOSE_FILE` is a colon list, each file once; without it a recipe is its compose.yml alone. */
export function composeNames(composeFile: string | undefined): string[] {
  return [...new Set((composeFile || 'compose.yml').split(':').filter((name) => name !== ''))];
}
