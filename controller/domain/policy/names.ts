/** The rules about names and variables: what swarm or abra would refuse later with words that nobody understands. Pure. */
import type { ComposeFacts, NamedThing, Unset } from '../recipe/compose-facts.ts';
import { at } from '../recipe/finding.ts';
import { MAX_STACK, MAX_SWARM_NAME } from '../run/names.ts';
import type { Finding, PolicyNames } from './finding.ts';

export function nameFindings(facts: ComposeFacts, names: PolicyNames): Finding[] {
  const documented = new Set(names.documented);
  return [
    ...stackFindings(names.stack),
    ...facts.secrets.flatMap((secret) => lengthFindings('secret', secret)),
    ...facts.configs.flatMap((config) => lengthFindings('config', config)),
    ...facts.variables.flatMap((variable) => variableFindings(variable, documented)),
    ...facts.unset.filter(({ name }) => !documented.has(name)).map(unsetFinding),
  ];
}

function stackFindings(stack: string): Finding[] {
  if (stack.length <= MAX_STACK) return [];
  const over = stack.length - MAX_STACK;
  const message = `The stack’s name "${stack}" has ${stack.length} characters, ${over} more than abra keeps (${MAX_STACK}).`;
  const fix = 'Use a shorter zone or recipe name.';
  return [{ rule: 'StackTooLong', severity: 'error', ...at(null), message, fix }];
}

function lengthFindings(kind: 'secret' | 'config', thing: NamedThing): Finding[] {
  const over = thing.name.length - MAX_SWARM_NAME;
  if (over <= 0) return [];
  return [
    {
      rule: 'NameTooLong',
      severity: 'error',
      ...thing.place,
      message: `The ${kind} "${thing.key}" would be called "${thing.name}": ${thing.name.length} characters, and swarm allows ${MAX_SWARM_NAME}.`,
      fix: `Shorten the ${kind}’s name or its version by ${over} character${over === 1 ? '' : 's'}.`,
    },
  ];
}

function unsetFinding({ name, service, place }: Unset): Finding {
  return {
    rule: 'MissingVariable',
    severity: 'warning',
    ...place,
    message: `Service "${service}" is given ${name}, which neither .env.sample nor abra.sh sets.`,
    fix: `Set ${name} in .env.sample, if only in a comment, or give it a default: ${name}=\${${name}:-…}.`,
  };
}

/** Empty here, the whole value is wrong: `nginx:`, or a secret called `stack_password_`. */
const VITAL = /^(?:services\.[^.]+\.image|(?:secrets|configs)\.[^.]+\.(?:name|file|external\.name))$/;

function variableFindings(
  variable: ComposeFacts['variables'][number],
  documented: ReadonlySet<string>,
): Finding[] {
  const { kind, name, detail, field, place } = variable;
  const base = { severity: 'error' as const, ...place };
  const set = `Set ${name} in .env.sample or abra.sh, or give it a default: \${${name}:-…}.`;
  switch (kind) {
    case 'invalid':
      return [
        {
          rule: 'InvalidVariable',
          ...base,
          message: `${field}: ${detail}.`,
          fix: 'Write $$ for a literal $.',
        },
      ];
    case 'typed': {
      const message = `${name} holds a variable (${detail}), but abra checks this field before it fills variables in.`;
      return [{ rule: 'TypedVariable', ...base, message, fix: 'Write the value itself.' }];
    }
    case 'unfit': {
      const message = `${field} cannot hold a variable: ${detail}.`;
      return [{ rule: 'TypedVariable', ...base, message, fix: 'Write the value itself.' }];
    }
    case 'odd':
      return [
        {
          rule: 'OddVariable',
          ...base,
          severity: 'warning',
          message: `${field}: ${detail}.`,
          fix: 'Write it in a way that means the same to docker and to you, and look at what `docker stack config` makes of it.',
        },
      ];
    case 'required': {
      const message = `${field} requires the variable ${name}, which nobody sets: ${detail}`;
      return [{ rule: 'MissingVariable', ...base, message, fix: set }];
    }
    case 'missing': {
      if (documented.has(name) && !VITAL.test(field)) return [];
      const message = `${field} uses the variable ${name}, which neither .env.sample nor abra.sh sets.`;
      return [{ rule: 'MissingVariable', ...base, message, fix: set }];
    }
    default:
      return kind satisfies never;
  }
}
