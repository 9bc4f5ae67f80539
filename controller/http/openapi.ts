/** `/api/v1/openapi.json`: what the API answers, from the schemas of the documents themselves. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { API_VERSION } from '../api/primitives.ts';
import { TestRunBody } from '../api/test-run.ts';
import { TestRunStatusBody } from '../api/test-run-status.ts';

/** As `publicRun` makes it: a phase more than a status may have, and not what is an operator's. */
export const PublicRunDocument = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('TestRun'),
  metadata: z.strictObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    createdAt: z.string(),
    deleting: z.boolean(),
  }),
  spec: TestRunBody.nullable(),
  status: TestRunStatusBody.omit({
    accepted: true,
    observedGeneration: true,
    wish: true,
    begunSteady: true,
  }).extend({
    uid: z.string(),
    phase: z.enum([...TestRunStatusBody.shape.phase.options, 'Pending', 'Unknown']),
  }),
  problems: z.array(z.strictObject({ line: z.number(), path: z.string(), message: z.string() })),
});

export const RunListDocument = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('TestRunList'),
  metadata: z.strictObject({ total: z.number(), offset: z.number() }),
  items: z.array(PublicRunDocument),
});

export const ProblemDocument = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Problem'),
  message: z.string(),
});

const schemaOf = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: 'output' });
const answer = (description: string, type: string, schema: object): object => ({
  description,
  content: { [type]: { schema } },
});
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string): object => answer(description, 'application/json', ref('Problem'));
const stream = (description: string): object => answer(description, 'text/event-stream', { type: 'string' });

const NAME = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
const query = (name: string, type: string): object => ({ name, in: 'query', schema: { type } });
const NO_RUN = problem('There is no such run.');
const FULL = problem('Too many follow already.');

/** Each address once, and what it answers by code. */
function pathsOf(): object {
  const get = (summary: string, parameters: readonly object[], responses: object): object => ({
    get: { summary, parameters, responses },
  });
  return {
    '/api/v1/runs': get(
      'Runs, newest first',
      [query('recipe', 'string'), query('limit', 'integer'), query('offset', 'integer')],
      {
        200: answer('The runs.', 'application/json', ref('TestRunList')),
        400: problem('What was asked for cannot be understood.'),
      },
    ),
    '/api/v1/runs/{name}': get('A run', [NAME], {
      200: answer('The run.', 'application/json', ref('TestRun')),
      404: NO_RUN,
    }),
    '/api/v1/runs/{name}/events': get('The state of a run as it changes', [NAME], {
      200: stream('`state` with each change, and `end`.'),
      404: NO_RUN,
      503: FULL,
    }),
    '/api/v1/runs/{name}/logs': get(
      'The log of the last attempt',
      [NAME, query('follow', 'string'), query('after', 'string')],
      {
        200: {
          description: 'Text; with `follow` the events `reset`, `lines`, `state` and `end`.',
          content: {
            'text/plain': { schema: { type: 'string' } },
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        404: NO_RUN,
        503: FULL,
      },
    ),
    '/api/v1/runs/{name}/logs.gz': get('The same, compressed', [NAME], {
      200: answer('The log.', 'application/gzip', { type: 'string', format: 'binary' }),
      404: NO_RUN,
    }),
    '/api/v1/events': get('That something has changed', [], { 200: stream('`changed`.'), 503: FULL }),
  };
}

export function openApi(): object {
  return {
    openapi: '3.1.0',
    info: { title: 'cc-ci', version: 'v1', description: 'Read only; anybody may ask.' },
    paths: pathsOf(),
    components: {
      schemas: {
        TestRun: schemaOf(PublicRunDocument),
        TestRunList: schemaOf(RunListDocument),
        Problem: schemaOf(ProblemDocument),
      },
    },
  };
}

export function addOpenApi(app: FastifyInstance): void {
  const text = `${JSON.stringify(openApi())}\n`;
  app.get('/api/v1/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(text),
  );
}
