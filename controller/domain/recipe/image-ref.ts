/** The parts of an image's name. Pure. */

export interface ImageRef {
  /** `registry.example.org:5000/library/postgres`. */
  readonly name: string;
  /** `postgres`. */
  readonly base: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export function imageRefOf(image: string): ImageRef {
  const [named = '', digest] = image.split('@');
  // The colon of a registry's port is before a slash.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? '' : named.slice(colon + 1);
  return {
    name,
    base: name.slice(name.lastIndexOf('/') + 1).toLowerCase(),
    tag: tag === '' ? null : tag,
    digest: digest ?? null,
  };
}
