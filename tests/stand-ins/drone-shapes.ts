/** Documents of the stand-in for Drone, field by field as Drone 2.25.0 answered them. */

export const REPOSITORY = { owner: 'coop-cloud', name: 'ci' } as const;
export const TOKEN = '55f24eb3d61ef6ac5e83d55017860000';
/** Of a user that may read and nothing else. */
export const READER = '55f24eb3d61ef6ac5e83d55017869999';

export interface StepDoc {
  id: number;
  step_id: number;
  number: number;
  name: string;
  status: string;
  error?: string;
  exit_code?: number;
  started?: number;
  stopped?: number;
  version: number;
}

export interface StageDoc {
  id: number;
  repo_id: number;
  build_id: number;
  number: number;
  name: string;
  kind: string;
  type: string;
  status: string;
  error?: string;
  errignore: boolean;
  exit_code: number;
  machine?: string;
  os: string;
  arch: string;
  started: number;
  stopped: number;
  created: number;
  updated: number;
  version: number;
  on_success: boolean;
  on_failure: boolean;
  /** Missing until it runs. */
  steps?: StepDoc[];
}

export interface BuildDoc {
  id: number;
  repo_id: number;
  trigger: string;
  number: number;
  status: string;
  error?: string;
  event: 'custom';
  action: string;
  link: string;
  timestamp: number;
  message: string;
  before: string;
  after: string;
  ref: string;
  source_repo: string;
  source: string;
  target: string;
  author_login: string;
  author_name: string;
  author_email: string;
  author_avatar: string;
  sender: string;
  params?: Record<string, string>;
  started: number;
  finished: number;
  created: number;
  updated: number;
  version: number;
  stages?: StageDoc[];
}

/** Times are Unix seconds. */
export const seconds = (): number => Math.floor(Date.now() / 1000);

const SHA = '5a1cf90e0d1f3a5b7c9d1e3f5a7b9c1d3e5f7a9b';
/** Of a build's query: what is no parameter of it. */
const NO_PARAMS = ['access_token', 'commit', 'branch'];

/** The first value of a key that is given twice counts, and an empty one is kept. Sorted, as Go writes a map. */
export function paramsOf(query: URLSearchParams): Record<string, string> {
  const names = [...new Set(query.keys())].sort().filter((key) => !NO_PARAMS.includes(key));
  return Object.fromEntries(names.map((key) => [key, query.get(key) ?? '']));
}

export function newBuild(number: number, query: URLSearchParams, repository: string): BuildDoc {
  const branch = query.get('branch') ?? 'main';
  const params = paramsOf(query);
  return {
    id: number,
    repo_id: 1,
    trigger: 'drone',
    number,
    status: 'pending',
    event: 'custom',
    action: params['action'] ?? '',
    link: `http://127.0.0.1:3000/api/v1/repos/${repository}/git/commits/${SHA}`,
    timestamp: 0,
    message: params['message'] ?? 'a commit',
    before: SHA,
    after: SHA,
    ref: `refs/heads/${branch}`,
    source_repo: '',
    source: branch,
    target: branch,
    author_login: 'admin1',
    author_name: 'admin1',
    author_email: 'admin1@example.org',
    author_avatar: '',
    sender: 'drone',
    ...(Object.keys(params).length === 0 ? {} : { params }),
    started: 0,
    finished: 0,
    created: seconds(),
    updated: seconds(),
    version: 1,
  };
}

export function newStage(build: BuildDoc, name: string): StageDoc {
  return {
    id: build.id,
    repo_id: 1,
    build_id: build.id,
    number: 1,
    name,
    kind: 'pipeline',
    type: 'exec',
    status: 'pending',
    errignore: false,
    exit_code: 0,
    os: 'linux',
    arch: 'amd64',
    started: 0,
    stopped: 0,
    created: build.created,
    updated: build.created,
    version: 1,
    on_success: true,
    on_failure: false,
  };
}

export function newStep(stage: StageDoc, number: number, name: string): StepDoc {
  return { id: stage.id * 100 + number, step_id: stage.id, number, name, status: 'pending', version: 1 };
}
