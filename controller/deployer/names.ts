/** The names of stacks, secrets and configs, and their limits. Pure. */

/** Docker refuses longer secret and config names; abra refuses them before Docker sees them. */
export const MAX_NAME_LENGTH = 64;

/** abra truncates the stack name here (docs/abra.md, 3.1, not tried: keep domains shorter). */
export const MAX_STACK_LENGTH = 45;

/** `my.app.example.com` → `my_app_example_com`, at most 45 characters. */
export function stackNameOf(domain: string): string {
  return domain.replaceAll('.', '_').slice(0, MAX_STACK_LENGTH);
}

/** What is wrong with a full secret or config name, or undefined. */
export function nameProblem(kind: 'secret' | 'config', id: string, fullName: string): string | undefined {
  if (fullName.length <= MAX_NAME_LENGTH) return undefined;
  return `${kind} ${id} is > ${MAX_NAME_LENGTH} chars when combined with the stack name: ${fullName} (${fullName.length})`;
}

const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;

/** A domain becomes a file name and a label value, so nothing but a host name is accepted. */
export function isDomain(text: string): boolean {
  return text.length <= 253 && DOMAIN.test(text);
}

const PLAIN = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Recipe and server names become one path component. */
export function isPlainName(text: string): boolean {
  return text.length <= 128 && PLAIN.test(text);
}
