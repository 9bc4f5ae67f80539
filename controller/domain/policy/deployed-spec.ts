/** What swarm is told when a judged tree is deployed: docker's own conversion (docker/cli 28.5, cli/compose/convert). Pure. */
import { hash } from 'node:crypto';
import { isTree, listAt, textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { goText } from '../recipe/go-text.ts';
import { bytesOf, nanoCpusOf } from '../recipe/sizes.ts';
import type { FileSpec, MountSpec, PortSpec, ServiceSpec } from '../../ports.ts';
import { type Policies, policiesOf } from './deployed-policies.ts';

/** Docker's own labels. */
const NAMESPACE = 'com.docker.stack.namespace';
const IMAGE = 'com.docker.stack.image';

export function judgedSpecs(tree: Tree, stack: string): ServiceSpec[] {
  const services = Object.entries(treeAt(tree, 'services'));
  return services
    .map(([name, service]) => specOf(name, isTree(service) ? service : {}, { tree, stack }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

interface Around {
  readonly tree: Tree;
  readonly stack: string;
}

const said = (tree: Tree, key: string): string =>
  tree[key] === undefined || tree[key] === null ? '' : textOf(tree[key]);
const texts = (tree: Tree, key: string): string[] => listAt(tree, key).map(textOf);
const number = (tree: Tree, key: string, none = 0): number => {
  const value = tree[key];
  return typeof value === 'number' ? value : Number(value ?? none);
};
const map = (tree: Tree): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, goText(value)]));

/** As the port has them. */
export const digestsOf = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hash('sha256', value)]));

function specOf(name: string, service: Tree, around: Around): ServiceSpec {
  const { stack } = around;
  const deploy = treeAt(service, 'deploy');
  const logging = treeAt(service, 'logging');
  const image = said(service, 'image');
  return {
    ...containerOf(service, around),
    ...policiesOf(service),
    name,
    image,
    ...modeOf(deploy),
    labels: { ...map(treeAt(deploy, 'labels')), [NAMESPACE]: stack, [IMAGE]: image },
    networks: networksOf(name, service, around),
    ports: listAt(service, 'ports').map(portOf),
    logDriver: said(logging, 'driver'),
    logOptions: map(treeAt(logging, 'options')),
    limits: limitsOf(treeAt(deploy, 'resources', 'limits')),
    constraints: texts(treeAt(deploy, 'placement'), 'constraints'),
  };
}

const MODES: Readonly<Record<string, string>> = {
  global: 'Global',
  'replicated-job': 'ReplicatedJob',
  'global-job': 'GlobalJob',
};

function modeOf(deploy: Tree): Pick<ServiceSpec, 'mode' | 'replicas'> {
  const mode = MODES[said(deploy, 'mode')] ?? 'Replicated';
  return { mode, replicas: mode === 'Replicated' ? number(deploy, 'replicas', 1) : 0 };
}

function limitsOf(limits: Tree): ServiceSpec['limits'] {
  return {
    memoryBytes: bytesOf(limits['memory']) ?? 0,
    nanoCpus: nanoCpusOf(limits['cpus']) ?? 0,
    pids: number(limits, 'pids'),
  };
}

/** Its own name, else the stack's and the key; `external` takes the key as it stands. */
function nameOf(section: string, key: string, { tree, stack }: Around): string {
  const thing = treeAt(tree, section, key);
  const name = said(thing, 'name');
  if (name !== '') return name;
  return thing['external'] === true ? key : `${stack}_${key}`;
}

function networksOf(name: string, service: Tree, around: Around): ServiceSpec['networks'] {
  const networks = Object.entries(treeAt(service, 'networks'));
  const joined: [string, unknown][] = networks.length > 0 ? networks : [['default', null]];
  return joined.map(([key, config]) => ({
    name: nameOf('networks', key, around),
    aliases: [...(isTree(config) ? texts(config, 'aliases') : []), name],
  }));
}

function portOf(port: unknown): PortSpec {
  const tree = isTree(port) ? port : {};
  return {
    published: number(tree, 'published'),
    target: number(tree, 'target'),
    protocol: said(tree, 'protocol') || 'tcp',
    mode: said(tree, 'mode') || 'ingress',
  };
}

function mountOf(mount: unknown, around: Around): MountSpec {
  const tree = isTree(mount) ? mount : {};
  const type = said(tree, 'type');
  const key = said(tree, 'source');
  const base = {
    type,
    source: key,
    target: said(tree, 'target'),
    readOnly: tree['read_only'] === true,
    driver: said(treeAt(tree, 'bind'), 'propagation'),
    options: {},
    tmpfsBytes: bytesOf(treeAt(tree, 'tmpfs')['size']) ?? 0,
  };
  if (type !== 'volume' || key === '') return base;
  const volume = treeAt(around.tree, 'volumes', key);
  return {
    ...base,
    source: nameOf('volumes', key, around),
    driver: said(volume, 'driver'),
    options: map(treeAt(volume, 'driver_opts')),
  };
}

function fileOf(section: string, file: unknown, around: Around): FileSpec {
  const tree = isTree(file) ? file : {};
  const key = said(tree, 'source');
  return {
    name: nameOf(section, key, around),
    file: said(tree, 'target') || key,
    uid: said(tree, 'uid') || '0',
    gid: said(tree, 'gid') || '0',
    mode: number(tree, 'mode', 0o444),
  };
}

/** Docker trims, capitalises and prefixes them; what is added is not dropped. */
function capabilitiesOf(service: Tree, key: string): string[] {
  const names = texts(service, key).map((name) => name.trim().toUpperCase());
  const full = names.map((name) => (name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`));
  return full.includes('ALL') ? ['ALL'] : [...new Set(full)].filter((name) => name !== 'RESET');
}

function ulimitsOf(ulimits: Tree): string[] {
  return Object.entries(ulimits).map(([name, value]) => {
    const tree = isTree(value) ? value : { soft: value, hard: value };
    return `${name} ${number(tree, 'soft')} ${number(tree, 'hard')}`;
  });
}

function healthcheckOf(healthcheck: Tree): string[] {
  return healthcheck['disable'] === true ? ['NONE'] : texts(healthcheck, 'test');
}

function privilegesOf(service: Tree): string[] {
  const credentials = service['credential_spec'];
  const isolation = said(service, 'isolation');
  return [
    ...(credentials === undefined ? [] : [`CredentialSpec ${JSON.stringify(credentials)}`]),
    ...(['', 'default'].includes(isolation) ? [] : [`Isolation ${isolation}`]),
  ];
}

type OfContainer = Omit<
  ServiceSpec,
  | 'name' | 'image' | 'mode' | 'replicas' | 'labels' | 'networks' | 'ports'
  | 'logDriver' | 'logOptions' | 'limits' | 'constraints' | keyof Policies
>; // oxfmt-ignore

function containerOf(service: Tree, around: Around): OfContainer {
  const capAdd = capabilitiesOf(service, 'cap_add');
  return {
    entrypoint: texts(service, 'entrypoint'),
    command: texts(service, 'command'),
    environment: digestsOf(map(treeAt(service, 'environment'))),
    user: said(service, 'user'),
    hostname: said(service, 'hostname'),
    workingDir: said(service, 'working_dir'),
    containerLabels: { ...map(treeAt(service, 'labels')), [NAMESPACE]: around.stack },
    mounts: listAt(service, 'volumes').map((mount) => mountOf(mount, around)),
    capAdd,
    capDrop: capabilitiesOf(service, 'cap_drop').filter((name) => !capAdd.includes(name)),
    secrets: listAt(service, 'secrets').map((file) => fileOf('secrets', file, around)),
    configs: listAt(service, 'configs').map((file) => fileOf('configs', file, around)),
    hosts: texts(service, 'extra_hosts').map((host) => host.replace(/^([^:]*):\[?(.*?)\]?$/, '$2 $1')),
    dns: texts(service, 'dns'),
    sysctls: map(treeAt(service, 'sysctls')),
    ulimits: ulimitsOf(treeAt(service, 'ulimits')),
    healthcheck: healthcheckOf(treeAt(service, 'healthcheck')),
    privileges: privilegesOf(service),
  };
}
