/** Where an image may come from: dockerd pulls it from the host, so that a private address is the operator’s to name. Pure. */
import { isIP } from 'node:net';
import { textOf } from '../recipe/compose-parse.ts';
import { refused, ownerOf, shown, text, wrong, type Check } from './spot.ts';

/** `registry/path/name:tag@digest`: the part before the first slash, where it is a host. */
export function registryOf(image: string): string | null {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  return /[.:[\]]/.test(first) || first.toLowerCase() === 'localhost' || first !== first.toLowerCase()
    ? first
    : null;
}

const PRIVATE =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|22[4-9]\.|2[3-5]\d\.)/;
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|test|arpa)$/;

/** Also odd ways to write one: `127.1`, `0x7f000001`, `2130706433`, IPv6, and names without a dot. */
export function isPrivateHost(hostPort: string): boolean {
  const host = hostPort.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  if (host.startsWith('[') || host.includes(':') || !host.includes('.') || LOCAL_NAME.test(host)) return true;
  if (isIP(host) === 4) return PRIVATE.test(host);
  return (
    /^[\dx.a-f]+$/.test(host) &&
    /^[\d]|\.\d+$|\.0x[\da-f]+$/.test(host) &&
    /(?:^|\.)(?:\d+|0x[\da-f]+)$/.test(host)
  );
}

const IMAGE = /^[\w.:[\]-]+(?:\/[\w.-]+)*(?::[\w.-]{1,128})?(?:@[\w+.-]+:[0-9a-f]{32,})?$/i;

/** An image that is not there at all is said elsewhere. */
export const image: Check = (spot) => {
  const name = textOf(spot.value);
  if (name === '' || spot.value === null) return [];
  const odd = [
    ...text(spot),
    ...(name.length <= 500 && IMAGE.test(name) ? [] : wrong(spot, 'the name of an image')),
  ];
  const registry = registryOf(name);
  if (registry === null || !isPrivateHost(registry) || spot.scene.allow.registries.includes(registry))
    return odd;
  return [
    ...odd,
    ...refused(spot, 'PrivateRegistry', [
      `${ownerOf(spot)} takes its image from ${shown(registry)}, which is an address of the machine or its network.`,
      `Use a public registry, or let the operator add "${shown(registry)}" to allow.registries of the RecipeSpec.`,
    ]),
  ];
};
