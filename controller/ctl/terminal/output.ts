/** `-o`: how objects are printed. */
import { stringify } from 'yaml';
import { API_VERSION } from '../../api/primitives.ts';
import { usageError } from '../../views/refusal.ts';
import { fillTemplate } from '../../views/jsonpath.ts';
import type { Kind } from '../../views/kinds.ts';
import type { Item } from '../../views/select.ts';
import { didYouMean } from '../../views/suggest.ts';

const PLAIN = ['table', 'wide', 'json', 'yaml', 'name', 'ndjson'] as const;

export type Output =
  | { readonly as: (typeof PLAIN)[number] }
  | { readonly as: 'jsonpath'; readonly template: string };

export function outputOf(text: string | undefined): Output {
  if (text === undefined) return { as: 'table' };
  if (text.startsWith('jsonpath=')) return { as: 'jsonpath', template: text.slice('jsonpath='.length) };
  const found = PLAIN.find((each) => each === text);
  if (found !== undefined) return { as: found };
  throw usageError(
    `There is no output format "${text}".`,
    `${didYouMean(text, [...PLAIN, 'jsonpath=…'])}It is one of wide, json, yaml, name, ndjson, jsonpath=<template>.`,
  );
}

/** Only these make sense where one object is the answer. */
export function objectOutput(text: string | undefined): Output {
  const output = outputOf(text);
  if (output.as === 'wide' || output.as === 'table') return { as: 'table' };
  return output;
}

/** The list object: apiVersion, kind and items are stable. */
export function listOf(kind: Kind, items: readonly unknown[]): object {
  return { apiVersion: API_VERSION, kind: `${kind.object}List`, items };
}

export function nameOf(kind: Kind, item: Item): string {
  return `${kind.singular}/${item.metadata.name}`;
}

/** An object in a machine-readable form, ending with a newline; tables are not its business. */
export function serialized(value: object, output: Output): string {
  switch (output.as) {
    case 'yaml':
      return stringify(value, { aliasDuplicateObjects: false });
    case 'ndjson':
      return `${JSON.stringify(value)}\n`;
    case 'jsonpath': {
      const text = fillTemplate(output.template, value);
      return text === '' || text.endsWith('\n') ? text : `${text}\n`;
    }
    default:
      return `${JSON.stringify(value, null, 2)}\n`;
  }
}
