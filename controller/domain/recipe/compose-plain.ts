/** The scalars of a parsed file as docker keeps them: written out where it wants a text, numbers elsewhere. Pure. */
import { innerForms, isWrittenOut, ROOT_FORMS, type Forms } from './compose-schema.ts';
import { writtenOut, YamlTime } from './yaml-scalar.ts';

type Path = readonly (string | number)[];

export interface PlainFault {
  readonly path: Path;
  /** Ends the sentence "services.app.environment.DAY …". */
  readonly words: string;
}

export interface PlainTree {
  readonly tree: unknown;
  readonly faults: readonly PlainFault[];
}

export function plainTree(tree: unknown): PlainTree {
  const faults: PlainFault[] = [];
  return { tree: plain({ value: tree, forms: ROOT_FORMS, path: [], free: false }, faults), faults };
}

interface Spot {
  readonly value: unknown;
  readonly forms: Forms;
  readonly path: Path;
  /** In an extension field, where docker looks at nothing. */
  readonly free: boolean;
}

function plain(spot: Spot, faults: PlainFault[]): unknown {
  const { value, path } = spot;
  const inner = (step: string | number, item: unknown): unknown =>
    plain(
      {
        value: item,
        forms: innerForms(spot.forms, step),
        path: [...path, step],
        free: spot.free || (typeof step === 'string' && step.startsWith('x-')),
      },
      faults,
    );
  if (Array.isArray(value)) return value.map((item, step) => inner(step, item));
  if (typeof value === 'bigint' || typeof value === 'number') return numberOf(spot, value, faults);
  if (value instanceof YamlTime) {
    fault(spot, faults, `is a date to docker and no text: quote it, "${value.text}"`);
    return value.text;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(key, item)]));
}

function fault({ path, free }: Spot, faults: PlainFault[], words: string): void {
  if (!free) faults.push({ path, words });
}

/** Docker's loader takes no fraction there, although its schema does where it is whole: 1024.0. */
const NEVER_FLOAT = /^services\.[^.]+\.(?:ports\.\d+|ulimits\..*)$/;

/** Nor a number at all there. */
const NEVER_NUMBER = /^services\.[^.]+\.shm_size$/;

function numberOf(spot: Spot, value: bigint | number, faults: PlainFault[]): unknown {
  const { forms, path } = spot;
  if (typeof value === 'number' && !Number.isFinite(value))
    fault(spot, faults, 'is no number that docker takes');
  if (NEVER_NUMBER.test(path.join('.'))) fault(spot, faults, 'must be a text, such as 64M');
  if (isWrittenOut(forms)) return asText(forms, value);
  if (Number.isInteger(Number(value)) && !Number.isSafeInteger(Number(value)))
    fault(spot, faults, `is larger than any number can be here: ${writtenOut(value)}`);
  if (typeof value === 'number' && NEVER_FLOAT.test(path.join('.')))
    fault(spot, faults, 'must be a whole number, written as one');
  return Number(value);
}

/** A list of ports to expose may hold `80` and `"80"`, which are not the same to docker. */
function asText(forms: Forms, value: bigint | number): unknown {
  const text = writtenOut(value);
  const stays = forms.some(({ format }) => format === 'expose') && text === String(Number(value));
  return stays ? Number(value) : text;
}
