/** A Drone at some address: by cc-ci's own client, and by bare requests for what the client does not show. */
import type { Builds } from '../../../controller/builds.ts';
import type { DroneConfig } from '../../../controller/doors.ts';
import { makeDrone } from '../../../controller/drone/client.ts';
import { jsonOf } from '../../../controller/runtime/json.ts';
import { readSecret } from '../../../controller/runtime/secret-source.ts';

export interface Raw {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

export interface DroneWorld {
  readonly branch: string;
  readonly builds: Builds;
  /** With other parts of the configuration than the right ones. */
  readonly other: (over: Partial<DroneConfig>) => Builds;
  readonly ask: (method: string, path: string, body?: URLSearchParams) => Promise<Raw>;
  /** `/api/repos/<owner>/<name>/builds`. */
  readonly path: string;
  /** Until what was looked at is there, or this long. */
  readonly patienceMs: number;
  readonly pause: () => Promise<void>;
}

const LOOK_AGAIN_MS = 200;

export function makeDroneWorld(config: DroneConfig, patienceMs: number): DroneWorld {
  const { owner, name } = config.repository;
  return {
    branch: config.branch,
    builds: makeDrone(config),
    other: (over) => makeDrone({ ...config, ...over }),
    path: `/api/repos/${owner}/${name}/builds`,
    patienceMs,
    pause: () => new Promise((done) => setTimeout(done, LOOK_AGAIN_MS)),
    ask: async (method, path, body) => {
      const headers = { Authorization: `Bearer ${await readSecret(config.token)}` };
      const response = await fetch(config.url + path, {
        method,
        redirect: 'manual',
        headers,
        body: body ?? null,
      });
      const text = await response.text();
      return { status: response.status, text, body: jsonOf(text) };
    },
  };
}
