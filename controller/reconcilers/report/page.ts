/** A status document that one reconcile reads once and writes several times: after each deed, so that nothing is done twice. */
import type { StatusFolder } from '../../store/status-folder.ts';

export interface Page<Body> {
  readonly body: Body;
  /** No write where nothing changes. */
  put(change: Partial<Body>): Promise<void>;
}

/** `isOurs` tells a document of another thing of the same name, which is begun anew. */
export async function pageOf<Body extends object>(
  folder: StatusFolder<Body>,
  name: string,
  { empty, isOurs = () => true }: { readonly empty: Body; readonly isOurs?: (body: Body) => boolean },
): Promise<Page<Body>> {
  const document = await folder.get(name);
  let version = document?.metadata.resourceVersion ?? 0;
  let body = document !== null && isOurs(document.status) ? document.status : empty;
  return {
    get body() {
      return body;
    },
    put: async (change) => {
      const next = { ...body, ...change };
      if (JSON.stringify(next) === JSON.stringify(body)) return;
      await folder.put(name, next, version);
      [body, version] = [next, version + 1];
    },
  };
}
