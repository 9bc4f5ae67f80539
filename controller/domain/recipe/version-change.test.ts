import { describe, expect, it } from 'vitest';
import type { ServiceSeen, TaskSeen } from '../../ports.ts';
import { type ComposeFacts, composeFacts } from './compose-facts.ts';
import {
  abandonedVolumeCause,
  newVariableCause,
  newVariables,
  notVersionedCause,
  orphanCause,
  wrongImageCause,
} from './version-change.ts';

const factsOf = (text: string, env: Record<string, string> = {}): ComposeFacts =>
  composeFacts({ files: [{ path: 'compose.yml', text }], env, stack: 's' });

const app = (...lines: string[]): string =>
  ['services:', '  app:', '    image: web:2', ...lines.map((line) => `    ${line}`)].join('\n');

const task = (id: string, more: Partial<TaskSeen> = {}): TaskSeen => ({
  id,
  slot: '1',
  node: 'n',
  state: 'running',
  desired: 'running',
  error: '',
  exitCode: null,
  oomKilled: false,
  container: null,
  health: null,
  healthOutput: [],
  image: '',
  specVersion: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...more,
});

const service = (name: string, more: Partial<ServiceSeen> = {}): ServiceSeen => ({
  id: name,
  name,
  image: 'web:2',
  labels: {},
  replicated: true,
  desired: 1,
  specVersion: 1,
  update: null,
  hasHealthcheck: false,
  job: false,
  tasks: [task('t1')],
  updatedAt: new Date(0),
  ...more,
});

describe('newVariables', () => {
  const uses = (...texts: string[]): ComposeFacts =>
    factsOf(app('environment:', ...texts.map((text) => `  - ${text}`)), { SET: 'x' });

  it.each([
    { because: 'what is set is not missing', old: [], head: ['A=${SET}'], want: [] },
    { because: 'a default is enough', old: [], head: ['A=${NEW:-x}'], want: [] },
    { because: 'one without a default is new', old: [], head: ['A=${NEW}'], want: ['NEW'] },
    {
      because: 'what the old version could do without, so can the head',
      old: ['A=${X}'],
      head: ['A=${X}'],
      want: [],
    },
    {
      because: 'what the sample shows in a comment may be left out',
      old: [],
      head: ['A=${EXTRA}'],
      want: [],
    },
    { because: 'what the head insists on cannot be', old: ['A=${X}'], head: ['A=${X:?set it}'], want: ['X'] },
  ])('$because', ({ old, head, want }) => {
    const found = newVariables({
      old: uses('Z=1', ...old),
      head: uses('Z=1', ...head),
      documented: ['EXTRA'],
      sampled: {},
    });
    expect(found.map(({ name }) => name)).toEqual(want);
  });

  it('names variable, file and line, and all the others', () => {
    const head = uses('A=${NEW}', 'B=${NEW}', 'C=${OTHER}');
    const cause = newVariableCause(newVariables({ old: uses('Z=1'), head, documented: [], sampled: {} }));
    expect(cause).toMatchObject({ reason: 'NewVariableWithoutDefault', evidence: 'compose.yml:5' });
    expect(cause?.message).toContain('the variable NEW (and OTHER)');
    expect(newVariableCause([])).toBeNull();
  });
});

describe('abandonedVolumeCause', () => {
  const mounts = (volume: string, more = ''): ComposeFacts =>
    factsOf(`${app(`volumes: ["${volume}:/data"]`)}\nvolumes:\n  ${volume}:\n${more}`);

  it.each([
    { because: 'the same volume is kept', head: mounts('data'), want: null },
    { because: 'another one leaves the old behind', head: mounts('files'), want: /"data" .* new is "files"/ },
    {
      because: 'one that is only declared is not mounted',
      head: mounts('files', '  data:\n'),
      want: /"data"/,
    },
    {
      because: 'another key of the same name is the same volume',
      head: mounts('files', '    name: s_data\n'),
      want: null,
    },
  ])('$because', ({ head, want }) => {
    const cause = abandonedVolumeCause({ old: mounts('data'), head, documented: [], sampled: {} });
    if (want === null) expect(cause).toBeNull();
    else expect(cause).toMatchObject({ reason: 'DataLost', message: expect.stringMatching(want) });
  });
});

describe('what the swarm shows', () => {
  const head = factsOf(app());

  it('is an orphan if the head does not know it', () => {
    expect(orphanCause([service('app')], head)).toBeNull();
    expect(orphanCause([service('app'), service('old')], head)).toMatchObject({
      reason: 'OrphanService',
      service: 'old',
    });
  });

  it.each([
    { because: 'the head’s image', image: 'web:2', want: null },
    { because: 'the same, resolved', image: 'web:2@sha256:12', want: null },
    { because: 'the old one', image: 'web:1', want: 'WrongImage' },
    { because: 'one whose tag only begins alike', image: 'web:22', want: 'WrongImage' },
  ])('is judged by its image: $because', ({ image, want }) => {
    expect(wrongImageCause([service('app', { image })], head)?.reason ?? null).toBe(want);
  });

  it('lacks a service that is not there', () => {
    expect(wrongImageCause([], head)).toMatchObject({ reason: 'WrongImage', service: 'app' });
  });
});

describe('notVersionedCause', () => {
  const head = factsOf(
    `${app('configs: [app_conf]')}\nconfigs:\n  app_conf:\n    name: s_app_conf_v1\n    file: x`,
  );
  const refused = (evidence: string) => ({ reason: 'DeployFailed', message: 'deploy failed', evidence });

  it('names the config and what to raise where Docker refuses to change it', () => {
    const said =
      'deploy failed: failed to update config s_app_conf_v1: Error response from daemon: rpc error: code = InvalidArgument desc = only updates to Labels are allowed';
    expect(notVersionedCause(refused(said), head)).toMatchObject({
      reason: 'ConfigNotVersioned',
      message: expect.stringContaining('"app_conf"'),
      evidence: said,
      nextStep: expect.stringMatching(/APP_CONF_VERSION in abra\.sh .*compose\.yml:\d+/),
    });
  });

  it('has nothing to say of another refusal', () => {
    expect(notVersionedCause(refused('failed to update config s_app_conf_v1: no space'), head)).toBeNull();
  });
});
