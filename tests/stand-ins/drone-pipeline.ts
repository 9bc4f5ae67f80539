/** How the stand-in for Drone reads a `.drone.yml`: as far as cc-ci's own uses it. */
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const Event = z.union([z.string(), z.array(z.string()), z.object({ include: z.array(z.string()) })]);
const Step = z.looseObject({
  name: z.string(),
  commands: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  when: z.looseObject({ status: z.union([z.string(), z.array(z.string())]).optional() }).optional(),
});
const Pipeline = z.looseObject({
  kind: z.literal('pipeline'),
  type: z.string(),
  name: z.string().default('default'),
  trigger: z.looseObject({ event: Event.optional() }).optional(),
  steps: z.array(Step).default([]),
});
export type Pipeline = z.infer<typeof Pipeline>;
export type PipelineStep = z.infer<typeof Step>;

/** `${NAME}` is replaced as text, before anything is parsed, whatever the value is; `$${NAME}` becomes `${NAME}`. */
export function substituted(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$?)\{(\w+)\}/g, (_all, escaped: string, name: string) =>
    escaped === '' ? (values[name] ?? '') : `\${${name}}`,
  );
}

/** The pipelines that are for the event. Throws where the text is no YAML. */
export function pipelinesFor(event: string, text: string): Pipeline[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw new Error(`yaml: ${error.message.split('\n')[0]}`);
      return Pipeline.parse(document.toJS());
    })
    .filter(({ trigger }) => matches(trigger?.event, event));
}

function matches(wanted: z.infer<typeof Event> | undefined, event: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return wanted === event;
  return (Array.isArray(wanted) ? wanted : wanted.include).includes(event);
}

/** What the runner of type exec complains about, or null. */
export function complaintOf({ type, steps }: Pipeline): string | null {
  if (type !== 'exec') return `linter: unsupported pipeline type ${type}`;
  return steps.some((step) => 'image' in step) ? 'linter: invalid image key: not supported by exec' : null;
}

/** Whether it runs after one that failed, and after none did. */
export function runsAfter({ when }: PipelineStep, failed: boolean): boolean {
  const status = when?.status ?? ['success'];
  return [status].flat().includes(failed ? 'failure' : 'success');
}
