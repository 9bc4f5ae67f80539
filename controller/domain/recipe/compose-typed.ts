/** Fields that docker gives a type after it has filled in variables (docker/cli 28.5, loader/interpolate.go). Pure. */
import { isTree, type Tree } from './compose-parse.ts';

const NUMBERS =
  /^services\.[^.]+\.(?:(?:configs|secrets)\.#\.mode|ports\.#\.(?:target|published)|ulimits\.[^.]+(?:\.(?:hard|soft))?|oom_score_adj|deploy\.placement\.max_replicas_per_node)$/;
const SWITCHES =
  /^(?:services\.[^.]+\.(?:privileged|read_only|stdin_open|tty|volumes\.#\.(?:read_only|volume\.nocopy))|networks\.[^.]+\.(?:external|internal|attachable)|(?:volumes|secrets|configs)\.[^.]+\.external)$/;

function typed(text: string, path: string): unknown {
  if (NUMBERS.test(path)) return /^[+-]?\d+$/.test(text) ? Number(text) : text;
  if (!SWITCHES.test(path)) return text;
  if (/^(?:y|yes|true|on)$/i.test(text)) return true;
  return /^(?:n|no|false|off)$/i.test(text) ? false : text;
}

function walk(value: unknown, path: string): unknown {
  if (typeof value === 'string') return typed(value, path);
  if (Array.isArray(value)) return value.map((item) => walk(item, `${path}.#`));
  if (!isTree(value)) return value;
  const inner = (key: string): string => (path === '' ? key : `${path}.${key.replaceAll('.', '_')}`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, inner(key))]));
}

/** A number or a switch that was written as a text is one: what is judged is what it means. */
export function fieldsAsTyped(tree: Tree): Tree {
  return walk(tree, '') as Tree;
}
