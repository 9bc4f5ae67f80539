/** How git is told a token: by its environment, never by an argument or an address, which anybody on the machine can read. Pure. */

/** Sent to that forge alone, and not along a redirection. */
export function credentialsFor(url: string, token: string): Record<string, string> {
  // Gitea takes a token for the password of any user.
  const basic = Buffer.from(`cc-ci:${token}`).toString('base64');
  const settings = {
    [`http.${url}/.extraHeader`]: `Authorization: Basic ${basic}`,
    'http.followRedirects': 'false',
  };
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(Object.keys(settings).length)],
    ...Object.entries(settings).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]) as Record<string, string>;
}
