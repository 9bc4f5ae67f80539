/** How the app is reached: routes, hosts, entrypoints of the proxy, ports. Pure. */
import type { ComposeFacts } from '../recipe/compose-facts.ts';
import { asOperators, type Change, type Note } from './change.ts';
import { code } from './quoted.ts';

type Named = ReadonlyMap<string, string>;

export function routeNotes({ old, head }: Change): Note[] {
  const both = { before: old.facts, after: head.facts };
  return [
    ...ruleNotes(rulesOf(old.facts), rulesOf(head.facts)),
    ...news(both, hostsOf).map(hostNote),
    ...news(both, entrypointsOf).map(entrypointNote),
    ...serverNotes(serverPortsOf(old.facts), serverPortsOf(head.facts)),
    ...news(both, publishedOf).map(portNote),
    ...news({ before: head.facts, after: old.facts }, publishedOf).map(closedNote),
  ];
}

interface Both {
  readonly before: ComposeFacts;
  readonly after: ComposeFacts;
}

function news({ before, after }: Both, of: (facts: ComposeFacts) => readonly string[]): string[] {
  const known = new Set(of(before));
  return [...new Set(of(after))].filter((name) => !known.has(name));
}

const rulesOf = ({ routers }: ComposeFacts): Named =>
  new Map(routers.map(({ name, rule }) => [asOperators(name), asOperators(rule)]));

/** Values of traefik's labels of one form, by the name in them. */
function labelled({ services }: ComposeFacts, form: RegExp): Named {
  return new Map(
    services.flatMap(({ labels }) =>
      labels.flatMap(({ key, value }) => {
        const name = form.exec(key)?.[1];
        return name === undefined || value === null ? [] : [[asOperators(name), asOperators(value)] as const];
      }),
    ),
  );
}

const serverPortsOf = (facts: ComposeFacts): Named =>
  labelled(facts, /^traefik\.(?:http|tcp|udp)\.services\.([^.]+)\.loadbalancer\.server\.port$/i);

function entrypointsOf(facts: ComposeFacts): string[] {
  const named = labelled(facts, /^traefik\.((?:http|tcp|udp)\.routers\.[^.]+)\.entrypoints$/i);
  return [...named.values()].flatMap((names) => names.split(',').map((name) => name.trim())).filter(Boolean);
}

function hostsOf({ routers }: ComposeFacts): string[] {
  const calls = routers.flatMap(({ rule }) => [...asOperators(rule).matchAll(/\bHost(?:SNI)?\(([^)]*)\)/g)]);
  return calls.flatMap(([, hosts = '']) => [...hosts.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, host = '']) => host));
} // oxfmt-ignore

const publishedOf = ({ services }: ComposeFacts): string[] => services.flatMap(({ published }) => published);

function ruleNotes(before: Named, after: Named): Note[] {
  const note = (name: string, text: string): Note => ({ kind: 'route', subject: name, text, byHand: false });
  return [
    ...[...after].flatMap(([name, rule]) => {
      const was = before.get(name);
      if (was === rule) return [];
      const text =
        was === undefined
          ? `The route ${code(name)} is new: ${code(rule)}.`
          : `The route ${code(name)} is ${code(rule)} instead of ${code(was)}.`;
      return [note(name, text)];
    }),
    ...[...before.keys()]
      .filter((name) => !after.has(name))
      .map((name) => note(name, `The route ${code(name)} is gone.`)),
  ];
}

/** `*` of HostSNI is no name. */
function hostNote(host: string): Note {
  const text = `The app answers as ${code(host)} now: before you upgrade, point the name to the server where you run your DNS.`;
  return { kind: 'host', subject: host, text, byHand: host !== '*' };
}

function entrypointNote(name: string): Note {
  const text = `A route uses the proxy’s entrypoint ${code(name)} now: before you upgrade, switch it on with \`abra app config\` of the proxy’s app, if it is not.`;
  return { kind: 'entrypoint', subject: name, text, byHand: true };
}

function serverNotes(before: Named, after: Named): Note[] {
  return [...after].flatMap(([name, port]) => {
    const was = before.get(name);
    if (was === undefined || was === port) return [];
    const text = `The proxy talks to port ${code(port)} of ${code(name)} instead of ${code(was)}.`;
    return [{ kind: 'route' as const, subject: name, text, byHand: false }];
  });
}

function portNote(port: string): Note {
  const text = `The app opens port ${port} of the server: before you upgrade, see that nothing else uses it there, and let it through the firewall.`;
  return { kind: 'port', subject: port, text, byHand: true };
}

function closedNote(port: string): Note {
  return { kind: 'port', subject: port, text: `The app does not open port ${port} any more.`, byHand: false };
}
