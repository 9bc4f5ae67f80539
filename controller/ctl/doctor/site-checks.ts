/** Checks of what stands around this machine and is its operator's: ssh, NixOS, DNS, the gateway, the certificate, the disk. */
import { messageOf } from '../../runtime/errors.ts';
import { diskBounds, fullOf } from '../../domain/run/disk-limit.ts';
import { sizeText } from '../../domain/recipe/sizes.ts';
import { blocked, fail, type Finding, ok, warn } from './finding.ts';
import type { CertificateSeen, Probes } from './port.ts';

const OPERATOR = 'the operator of the machine';
export const FEW_DAYS = 21;
const DAY_MS = 86_400_000;
const RENEW = 'Renew the certificate as docs/secrets.md says; cc-ci never asks an authority for one.';

export const daysLeft = (validTo: Date, now: Date): number =>
  Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);

/** Null where ssh is not configured: doctor runs on the machine itself then. */
export async function ssh(probes: Probes): Promise<Finding | null> {
  const { sshHost } = probes.config.doors.site;
  if (sshHost === null) return null;
  let said: string;
  try {
    said = await probes.ssh(sshHost, 'hostname && whoami');
  } catch (error) {
    return sshFailed(probes, `${sshHost}: ${messageOf(error)}`);
  }
  const [hostname = '', user = ''] = said.trim().split('\n');
  return user === 'root'
    ? ok(`${sshHost} is ${hostname}, as root`)
    : fail(
        `${sshHost} is ${hostname}, as ${user || 'nobody'}`,
        'Log in as root, without sudo: change User in ~/.ssh/config.',
      );
}

/** Without the tailnet nothing of ours reaches the machine; with it, ssh may only have been unlucky. */
async function sshFailed(probes: Probes, seen: string): Promise<Finding> {
  const tailnet = await probes.tailnet();
  if (tailnet === 'Running')
    return fail(`${seen}; the tailnet is up`, 'Try again; then look at the machine.');
  if (tailnet === null) return fail(seen, 'Look at the network, then try again.');
  return blocked(
    `${seen}; the tailnet is not up (${tailnet})`,
    'an administrator of the tailnet',
    'Look with `tailscale status` and `systemctl status tailscaled`, and join the tailnet again.',
  );
}

export async function nixos(probes: Probes): Promise<Finding | null> {
  const { sshHost } = probes.config.doors.site;
  const version = sshHost === null ? await probes.nixos() : await probes.ssh(sshHost, 'nixos-version');
  if (version === null) return null;
  return /^\d\d\.\d\d/.test(version.trim())
    ? ok(`NixOS ${version.trim()}`)
    : fail(
        `nixos-version says "${version.trim()}"`,
        'The machine has to be NixOS: deploy its configuration.',
      );
}

/** By the system's resolver, as a browser does it, and for a name that nobody can have entered by hand. */
export async function dns(probes: Probes): Promise<Finding> {
  const { config } = probes;
  const { gatewayAddress } = config.doors.site;
  if (config.proxyAddress !== null && gatewayAddress === null)
    return ok(`CCCI_PROXY_ADDRESS says ${config.proxyAddress}`);
  const host = `${probes.randomName()}.${config.zone}`;
  let address: string;
  try {
    address = await probes.address(host);
  } catch (error) {
    const seen = `${host}: ${messageOf(error)}`;
    const todo = `Point *.${config.zone} to the gateway`;
    return gatewayAddress === null
      ? fail(seen, `Point *.${config.zone} to the proxy, or set CCCI_PROXY_ADDRESS.`)
      : blocked(seen, 'who administers the zone’s DNS', `${todo}, ${gatewayAddress}.`);
  }
  if (gatewayAddress === null || address === gatewayAddress) return ok(`${host} leads to ${address}`);
  return blocked(
    `${host} leads to ${address}, not to the gateway ${gatewayAddress}`,
    'who administers the zone’s DNS',
    `Point *.${config.zone} to the gateway, or correct CCCI_GATEWAY_ADDRESS.`,
  );
}

/** The gateway has to pass TLS on for every name of the zone, so that our own certificate answers. */
export async function gateway(probes: Probes): Promise<Finding | null> {
  const { gatewayAddress, certificate } = probes.config.doors.site;
  if (gatewayAddress === null || certificate === null) return null;
  const host = `${probes.randomName()}.${probes.config.zone}`;
  const [own, todo] = [
    await probes.certificateFile(certificate),
    `Have TLS for *.${probes.config.zone} passed through to this machine, for every name and without an entry for each; nothing of it is ours to configure.`,
  ];
  try {
    const { fingerprint } = await probes.certificate(gatewayAddress, host);
    if (fingerprint === own.fingerprint)
      return ok(`${gatewayAddress} passes ${host} on: our certificate answers`);
    return blocked(
      `${gatewayAddress} answers ${host} with another certificate (${short(fingerprint)}) than ours (${short(own.fingerprint)})`,
      'the operator of the gateway',
      todo,
    );
  } catch (error) {
    return blocked(messageOf(error), 'the operator of the gateway', todo);
  }
}

export const short = (fingerprint: string): string => fingerprint.slice(0, 11);

/** It is given to us: we neither make it nor renew it. */
export async function certificate(probes: Probes): Promise<Finding | null> {
  const files = probes.config.doors.site.certificate;
  if (files === null) return null;
  let seen: CertificateSeen;
  try {
    seen = await probes.certificateFile(files);
  } catch (error) {
    return blocked(
      messageOf(error),
      OPERATOR,
      `Put the certificate with its chain at ${files.file}, and its key at ${files.keyFile}.`,
    );
  }
  const { zone } = probes.config;
  const missing = [`*.${zone}`, zone].filter((name) => !seen.names.includes(name));
  if (missing.length > 0)
    return blocked(
      `${files.file} is for ${seen.names.join(', ') || 'no name'}, not for ${missing.join(' and ')}`,
      OPERATOR,
      'Have a certificate issued that holds both the wildcard and the bare name.',
    );
  if (!seen.keyFits)
    return blocked(
      `${files.keyFile} is not the key of ${files.file}`,
      OPERATOR,
      'Put the key there that belongs to the certificate.',
    );
  const days = daysLeft(seen.validTo, probes.now());
  const about = `*.${zone} and ${zone}, leaf ${short(seen.fingerprint)}, ${days} days left`;
  if (days < 0) return blocked(`${files.file} has expired, ${-days} days ago`, OPERATOR, RENEW);
  return days < FEW_DAYS ? warn(about, RENEW) : ok(about);
}

/** Below the floor, steps with an app are ended without a verdict. */
export async function disk(probes: Probes): Promise<Finding> {
  const { stateDir, disk: texts } = probes.config;
  const space = { path: stateDir, ...(await probes.space(stateDir)) };
  const about = `${sizeText(space.free)} of ${sizeText(space.total)} free where ${stateDir} lies`;
  return fullOf(diskBounds(texts), [space]) === null
    ? ok(about)
    : fail(
        `${about}, less than CCCI_DISK_FLOOR (${texts.floor})`,
        'Make room: `docker image prune`, and `ccci-ctl delete` for runs that nobody needs.',
      );
}
