/** Connections to the engine on which no redirect is followed: Docker sends none, and what does is not Docker. */
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';

/** As Node's own has them. */
const KEPT = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;

/** docker-modem follows a redirect before anybody is asked, and what goes wrong then ends the process; without the place to go to it is an answer like any other. */
export class NoRedirects extends Agent {
  constructor() {
    super(KEPT);
  }

  /** Called by Node for each request, before anything is sent; it is not in its types. */
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void {
    request.prependListener('response', ({ headers }: IncomingMessage) => {
      delete headers.location;
    });
    addRequestOfAgent.call(this, request, ...rest);
  }
}

type AddRequest = (this: Agent, request: ClientRequest, ...rest: readonly unknown[]) => void;
const addRequestOfAgent = (Agent.prototype as unknown as { readonly addRequest: AddRequest }).addRequest;
