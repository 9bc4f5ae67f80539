/** What a recipe's release notes tell operators. Pure. */

/** Where the note for operators may stand; `next` is renamed when the version is published. */
export function releaseNotesOf(version: string | null): string[] {
  const plain = version?.replace(/^v(?=\d)/, '');
  const names = plain === undefined ? ['next'] : [plain, `v${plain}`, 'next'];
  return names.map((name) => `release/${name}`);
}

/** A word of its own, so that a note on SMTP_HOSTS says nothing of SMTP_HOST. */
export function isTold(subject: string, notes: string): boolean {
  return new RegExp(`(?<![\\w-])${RegExp.escape(subject)}(?![\\w-])`).test(notes);
}
