import { existsSync } from 'node:fs';
import { execa } from 'execa';
import type { Layout } from './paths.ts';
import { type Subnet, chooseSubnet, overlaps } from './subnet.ts';

interface Link {
  ifname: string;
  addr_info: { local?: string; prefixlen?: number }[];
}

async function ip(...args: string[]): Promise<string> {
  return (await execa('ip', args)).stdout;
}

/** A network of the host that nobody else uses, the one of last time where it is still free. */
export async function findSubnet(layout: Layout, last?: Subnet): Promise<Subnet> {
  const links = JSON.parse(await ip('-j', '-4', 'addr', 'show')) as Link[];
  const routes = JSON.parse(await ip('-j', '-4', 'route', 'show', 'table', 'all')) as {
    dst: string;
    dev?: string;
  }[];
  const taken = [
    ...links
      .filter((link) => link.ifname !== layout.bridge)
      .flatMap((link) => link.addr_info.map((info) => `${info.local}/${info.prefixlen}`)),
    ...routes.filter((route) => route.dev !== layout.bridge).map((route) => route.dst),
  ];
  const isTaken = (prefix: string) => taken.some((route) => overlaps(prefix, route));
  return last && !isTaken(last.prefix) ? last : chooseSubnet(layout.name, isTaken);
}

/**
 * A bridge on the host, a network namespace, and a veth between them: made afresh, whatever was left of them.
 * There is no way out of it: what is neither the bridge's nor a container's network is unreachable at once.
 */
export async function createNetwork(layout: Layout, subnet: Subnet): Promise<void> {
  await removeNetwork(layout);
  const { bridge, veth, netns } = layout;
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('addr', 'add', `${subnet.gateway}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  await ip('netns', 'add', netns);
  await ip('link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
  await ip('link', 'set', veth, 'master', bridge, 'up');
  await ip('-n', netns, 'link', 'set', 'lo', 'up');
  await ip('-n', netns, 'addr', 'add', `${subnet.address}/24`, 'dev', 'eth0');
  await ip('-n', netns, 'link', 'set', 'eth0', 'up');
  await ip('-n', netns, 'route', 'add', 'unreachable', 'default');
}

export async function removeNetwork({ bridge, veth, netns }: Layout): Promise<void> {
  if (existsSync(`/run/netns/${netns}`)) await ip('netns', 'del', netns);
  for (const device of [veth, bridge]) {
    if (existsSync(`/sys/class/net/${device}`)) await execa('ip', ['link', 'del', device], { reject: false });
  }
}
