/** Fields that docker gives a type once it has filled in a variable (docker/cli, cli/compose/loader/interpolate.go). Pure. */

type Path = readonly (string | number)[];

const WHOLE =
  /^services\.[^.]+\.(?:(?:configs|secrets)\.\[\]\.mode|healthcheck\.retries|deploy\.(?:replicas|(?:update_config|rollback_config)\.parallelism|restart_policy\.max_attempts|placement\.max_replicas_per_node)|ports\.\[\]\.(?:target|published)|ulimits\.[^.]+(?:\.(?:hard|soft))?|oom_score_adj)$/;
const NUMBER = /^services\.[^.]+\.deploy\.(?:update_config|rollback_config)\.max_failure_ratio$/;
const SWITCH =
  /^(?:services\.[^.]+\.(?:healthcheck\.disable|privileged|read_only|stdin_open|tty|volumes\.\[\]\.(?:read_only|volume\.nocopy))|networks\.[^.]+\.(?:external|internal|attachable)|(?:volumes|secrets|configs)\.[^.]+\.external)$/;

export type Typed =
  | { readonly value: string | number | boolean }
  /** What it is to be, and is not. */
  | { readonly wanted: string };

/** The value of a field whose text a variable changed; docker's own paths, where a dot in a name makes another path. */
export function typedValue(text: string, path: Path): Typed {
  const field = path.map((step) => (typeof step === 'number' ? '[]' : step)).join('.');
  if (WHOLE.test(field)) return whole(text);
  if (NUMBER.test(field)) return number(text);
  return SWITCH.test(field) ? switched(text) : { value: text };
}

function whole(text: string): Typed {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? { value } : { wanted: 'a whole number' };
}

function number(text: string): Typed {
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : { wanted: 'a number' };
}

function switched(text: string): Typed {
  if (/^(?:y|yes|true|on)$/i.test(text)) return { value: true };
  return /^(?:n|no|false|off)$/i.test(text) ? { value: false } : { wanted: 'true or false' };
}
