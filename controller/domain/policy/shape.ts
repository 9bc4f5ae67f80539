/** The rules about what a recipe should have: most are advice, because running it is the better judge. Pure. */
import type { ComposeFacts, ServiceFacts } from '../recipe/compose-facts.ts';
import { at } from '../recipe/finding.ts';
import type { Finding, PolicyNames } from './finding.ts';

export function shapeFindings(facts: ComposeFacts, names: PolicyNames): Finding[] {
  const broken = facts.problems.map(({ message, place }): Finding => ({
    rule: 'ComposeInvalid',
    severity: 'error',
    ...at(place),
    message: `${place.file} cannot be read: ${message}.`,
    fix: 'It has to be a YAML mapping with a "services" section.',
  }));
  if (broken.length > 0) return broken;
  if (facts.services.length === 0) return [noServices(facts)];
  return [
    ...facts.services.flatMap(serviceFindings),
    ...appFindings(facts),
    ...routerFindings(facts, names.domain),
    ...unroutedFindings(facts),
    ...versionFindings(facts),
  ];
}

function noServices(facts: ComposeFacts): Finding {
  return {
    rule: 'NoServices',
    severity: 'error',
    ...at({ file: facts.files[0] ?? '', line: 1 }),
    message: `No service is defined in ${facts.files.join(', ') || 'any file'}.`,
    fix: 'Add a "services" section with a service called "app".',
  };
}

function serviceFindings(service: ServiceFacts): Finding[] {
  const findings: Finding[] = [];
  if (service.image === null || service.image === '')
    findings.push({
      rule: 'NoImage',
      severity: 'error',
      ...at(service.imagePlace),
      message: `Service "${service.name}" has no image.`,
      fix: 'Swarm does not build: name an image with a version.',
    });
  else if (isFloating(service.image))
    findings.push({
      rule: 'FloatingImage',
      severity: 'warning',
      ...at(service.imagePlace),
      message: `The image ${service.image} may be another one tomorrow.`,
      fix: 'Name a version as the tag.',
    });
  if (!service.hasHealthcheck)
    findings.push({
      rule: 'NoHealthcheck',
      severity: 'warning',
      ...at(service.place),
      message: `Service "${service.name}" has no health check, so swarm cannot tell when it works.`,
      fix: 'Add a healthcheck whose test asks the app itself.',
    });
  return findings;
}

const FLOATING = /^(?:latest|stable|edge|main|master|nightly|dev|develop|next|unstable|rolling)$/;

function isFloating(image: string): boolean {
  if (image.includes('@sha256:')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || FLOATING.test(tag);
}

function appFindings(facts: ComposeFacts): Finding[] {
  if (facts.services.some((service) => service.name === 'app')) return [];
  return [
    {
      rule: 'NoAppService',
      severity: 'warning',
      ...at(facts.services[0]?.place ?? { file: '', line: 0 }),
      message: `No service is called "app" (${facts.services.map((service) => service.name).join(', ')}).`,
      fix: 'abra writes version and recipe to the service "app": call the main service so.',
    },
  ];
}

/** A rule without any host matches ours as well. */
function routerFindings(facts: ComposeFacts, domain: string): Finding[] {
  const serves = facts.routers.some(
    ({ rule }) => rule.includes(domain) || !/Host(?:Regexp|SNI|SNIRegexp)?\(/.test(rule),
  );
  if (serves) return [];
  const place = facts.routers[0]?.place ?? facts.services[0]?.place ?? { file: '', line: 0 };
  return [
    {
      rule: 'NoRouter',
      severity: 'warning',
      ...at(place),
      message: `No Traefik router in deploy.labels serves ${domain}.`,
      fix: 'Add traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`) under deploy.labels (not labels) of the service "app".',
    },
  ];
}

/** Names of services are names on the networks that they join, and that one every app has. */
function unroutedFindings({ services, networks }: ComposeFacts): Finding[] {
  const shared = networks.filter(({ external, name }) => external && name === 'proxy').map(({ key }) => key);
  const isOnProxy = ({ networks: joined }: ServiceFacts): boolean =>
    (joined.length > 0 ? joined : ['default']).some((key) => shared.includes(key));
  const isRouted = ({ labels }: ServiceFacts): boolean => labels.some(({ key }) => /^traefik\./i.test(key));
  return services
    .filter((service) => isOnProxy(service) && !isRouted(service))
    .map(({ name, place }) => ({
      rule: 'UnroutedOnProxy',
      severity: 'warning',
      ...at(place),
      message: `Service "${name}" joins the network "proxy" and has no route: on an operator’s server, every app can ask it by its name.`,
      fix: 'Put it on a network of the app’s own.',
    }));
}

function versionFindings(facts: ComposeFacts): Finding[] {
  if (facts.version !== null && /^v?\d+\.\d+\.\d+\+.+$/.test(facts.version)) return [];
  const label = facts.versionLabels[0];
  const seen = label === undefined ? 'has no version label' : `has the version label "${label.value}"`;
  const place = label?.place ?? facts.services.find((service) => service.name === 'app')?.place;
  return [
    {
      rule: 'NoVersion',
      severity: 'warning',
      ...at(place ?? { file: '', line: 0 }),
      message: `The recipe ${seen}, so nobody can tell which release is deployed.`,
      fix: 'Set coop-cloud.${STACK_NAME}.version=<a.b.c>+<app version> in deploy.labels of the service "app".',
    },
  ];
}
