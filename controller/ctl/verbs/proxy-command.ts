/** The shape of `swarm` and `proxy` on the command line: what has to stand before any run. */
import type { Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';
import { ARGUMENT, collect } from '../terminal/verb.ts';

export function addSwarm(swarm: Verb, act: Act): void {
  swarm
    .summary('make Docker a swarm with the network of the proxy')
    .description(
      'Makes this Docker the manager of a swarm, and the overlay network "proxy", where they are not there. Says "unchanged" otherwise.',
    )
    .option('--advertise-address <address>', 'under which the swarm knows this machine, if it has several')
    .option('--subnet <network>', 'addresses of the network "proxy", /16 or larger', '10.77.0.0/16')
    .action((options) => act(async (ctl) => (await import('./swarm.ts')).swarm(ctl, options)));
}

export function addProxy(proxy: Verb, act: Act): void {
  proxy
    .completes(ARGUMENT, ['rotate'])
    .summary('deploy the proxy where it is not as wanted')
    .description(
      'Brings the traefik recipe into wildcard mode with the given certificate. Does nothing if it already is.',
    )
    .argument('[rotate]', '"rotate": only give the proxy as it is deployed another certificate')
    .option('--repo <git address>', 'the traefik recipe; needed but for rotate')
    .option('--ref <ref>', 'a commit, a branch or a tag', 'HEAD')
    .option('--cert <file>', 'the wildcard certificate with its chain, PEM; else that of the configuration')
    .option('--key <file>', 'its key, PEM; else that of the configuration')
    .option('--set <NAME=value>', 'a setting of the recipe’s .env; repeat it for more', collect)
    .option(
      '--route <name=url>',
      'a name that leads to a program of this machine; repeat it for more',
      collect,
    )
    .action((word: string | undefined, options) =>
      act(async (ctl) => (await import('./proxy.ts')).proxy(ctl, word, options)),
    );
}
