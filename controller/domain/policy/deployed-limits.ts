/** Limits that cc-ci sets on everything that a run deploys: the recipe's own value counts, up to a maximum. Pure. */
import type { LimitPut } from '../../api/resources.ts';
import { isTree, listAt, textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { bytesOf, nanoCpusOf, sizeText } from '../recipe/sizes.ts';

/** `usual` where the recipe says nothing. */
export interface Limit {
  readonly usual: number;
  readonly most: number;
}

/** Of each container; in bytes, in billionths of a processor, in processes. */
export interface DeployLimits {
  readonly memory: Limit;
  readonly nanoCpus: Limit;
  readonly pids: Limit;
  /** Of each tmpfs; what is in it counts as memory as well. */
  readonly tmpfs: Limit;
  /** Of each of the files of a log. */
  readonly log: Limit;
}

/** As text, `<usual>/<most>`: `2g/8g`. */
export type LimitTexts = Readonly<Record<'memory' | 'cpus' | 'pids' | 'tmpfs' | 'log', string>>;

/** Docker refuses a container that may use more processors than the machine has. */
export function deployLimits(texts: LimitTexts, cores: number): DeployLimits {
  const most = cores * 1e9;
  const cpus = rangeOf(texts.cpus, nanoCpusOf);
  return {
    memory: rangeOf(texts.memory, bytesOf),
    nanoCpus: { usual: Math.min(cpus.usual, most), most: Math.min(cpus.most, most) },
    pids: rangeOf(texts.pids, Number),
    tmpfs: rangeOf(texts.tmpfs, bytesOf),
    log: rangeOf(texts.log, bytesOf),
  };
}

function rangeOf(text: string, read: (part: string) => number | null): Limit {
  const [usual, most] = text.split('/').map((part) => read(part));
  if (!usual || !most || usual > most)
    throw new RangeError(`"${text}" is not <usual>/<most>, the first at most the second.`);
  return { usual, most };
}

export interface Limited {
  readonly tree: Tree;
  /** What was put in or lowered. */
  readonly put: readonly LimitPut[];
}

/** One line for people: `app: memory 2 GiB`. */
export const limitText = ({ service, what, value }: LimitPut): string => `${service}: ${what} ${value}`;

export function limitedTree(tree: Tree, limits: DeployLimits): Limited {
  const put: LimitPut[] = [];
  const services = Object.entries(treeAt(tree, 'services')).map(([name, service]) => {
    const say: Say = (limit) => void put.push({ service: name, ...limit });
    return [name, isTree(service) ? limitedService(service, limits, say) : service] as const;
  });
  return { tree: { ...tree, services: Object.fromEntries(services) }, put };
}

type Say = (limit: Omit<LimitPut, 'service'>) => void;

function limitedService(service: Tree, limits: DeployLimits, say: Say): Tree {
  const deploy = treeAt(service, 'deploy');
  const resources = treeAt(deploy, 'resources');
  const limited = { ...resources, limits: limitedResources(treeAt(resources, 'limits'), limits, say) };
  const volumes = listAt(service, 'volumes').map((mount) => limitedMount(mount, limits, say));
  return {
    ...service,
    deploy: { ...deploy, resources: limited },
    logging: limitedLog(treeAt(service, 'logging'), limits, say),
    ...(volumes.length > 0 ? { volumes } : {}),
  };
}

interface Asked {
  readonly what: string;
  readonly asked: number | null;
  readonly limit: Limit;
  readonly text: (amount: number) => string;
}

/** 0 is "without limit" to docker, and nothing to us. */
function amountOf({ what, asked, limit, text }: Asked, say: Say): number {
  const isSaid = asked !== null && asked > 0;
  const amount = isSaid ? Math.min(asked, limit.most) : limit.usual;
  if (!isSaid) say({ what, value: text(amount), lowered: false });
  else if (amount < asked) say({ what, value: `${text(amount)} instead of ${text(asked)}`, lowered: true });
  return amount;
}

function limitedResources(own: Tree, limits: DeployLimits, say: Say): Tree {
  const { memory, nanoCpus, pids } = limits;
  const asked = Number(own['pids'] ?? 0);
  const bytes = { what: 'memory', asked: bytesOf(own['memory']), limit: memory, text: sizeText };
  const cpus = {
    what: 'processors',
    asked: nanoCpusOf(own['cpus']),
    limit: nanoCpus,
    text: (nano: number) => `${nano / 1e9}`,
  };
  return {
    ...own,
    memory: String(amountOf(bytes, say)),
    cpus: String(amountOf(cpus, say) / 1e9),
    pids: amountOf({ what: 'processes', asked, limit: pids, text: String }, say),
  };
}

function limitedMount(mount: unknown, limits: DeployLimits, say: Say): unknown {
  if (!isTree(mount) || mount['type'] !== 'tmpfs') return mount;
  const own = treeAt(mount, 'tmpfs');
  const what = `tmpfs ${textOf(mount['target'])}`;
  const size = amountOf({ what, asked: bytesOf(own['size']), limit: limits.tmpfs, text: sizeText }, say);
  return { ...mount, tmpfs: { ...own, size } };
}

/** Files of one log; the engine keeps one unless it is told. */
const LOG_FILES = 3;

function limitedLog(own: Tree, limits: DeployLimits, say: Say): Tree {
  const options = treeAt(own, 'options');
  const what = `log, ${LOG_FILES} files of`;
  const asked = bytesOf(options['max-size']);
  const size = amountOf({ what, asked, limit: limits.log, text: sizeText }, say);
  const files = Number(options['max-file'] ?? LOG_FILES);
  return {
    ...own,
    driver: own['driver'] ?? 'json-file',
    options: {
      ...options,
      'max-size': String(size),
      'max-file': String(files >= 1 && files <= LOG_FILES ? Math.floor(files) : LOG_FILES),
    },
  };
}
