/** The chart of a run as plain data, for pictures of it and for tests that change it. Pure. */
import type { StateNode } from 'xstate';
import { type Leaf, runMachine } from './machine.ts';

/** An arrow of a fork; the first one whose guard holds is taken. */
export interface Arrow {
  /** Null for the last one, which has none. */
  readonly guard: string | null;
  /** Path of the fork or leaf that it leads to. */
  readonly to: string;
}

export interface Chart {
  /** By path, in the order of the chart. */
  readonly forks: ReadonlyMap<string, readonly Arrow[]>;
  readonly leaves: ReadonlyMap<string, Leaf>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- xstate's own types of a node that may be anywhere
type Node = StateNode<any, any>;

export function chartOf(machine: { readonly root: Node } = runMachine): Chart {
  const forks = new Map<string, readonly Arrow[]>();
  const leaves = new Map<string, Leaf>();
  const visit = (node: Node): void => {
    const path = node.path.join('.');
    if (node.meta !== undefined) leaves.set(path, node.meta as Leaf);
    const arrows = (node.always ?? []).map(({ guard, target }) => ({
      guard: typeof guard === 'string' ? guard : null,
      to: entered(target?.[0] as Node),
    }));
    if (arrows.length > 0) forks.set(path, arrows);
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return { forks, leaves };
}

/** Where one comes to in a state that has others in it. */
function entered(node: Node): string {
  const [inner] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return inner === undefined ? node.path.join('.') : entered(inner as Node);
}
