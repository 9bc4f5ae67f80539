/** The stand-in for Drone does what the conformance checks ask of the real one: what tests rely on is what those check. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHECKS } from '../conformance/drone/checks.ts';
import { type DroneWorld, makeDroneWorld } from '../conformance/drone/world.ts';
import { StandInDrone } from '../stand-ins/drone.ts';
import { REPOSITORY, TOKEN } from '../stand-ins/drone-shapes.ts';

/** As ours is where there is no such run, without what starts nine programs; the build that is cancelled has no RECIPE, and waits for that. */
const PIPELINE = `
kind: pipeline
type: exec
name: run
trigger: { event: [custom] }
steps:
  - { name: one, commands: ['[ -n "$RECIPE" ] || exec sleep 1000', 'exit 3'], when: { status: [success, failure] } }
  - { name: two, commands: ['[ -n "$RECIPE" ] || exec sleep 1000', 'exit 3'], when: { status: [success, failure] } }
`;

let drone: StandInDrone;
let world: DroneWorld;
beforeAll(async () => {
  drone = await StandInDrone.start({ pipeline: PIPELINE, env: { PATH: '/usr/bin:/bin' } });
  const config = { url: drone.url, repository: REPOSITORY, branch: 'main', token: { value: TOKEN } };
  world = makeDroneWorld(config, 20_000);
});
afterAll(() => drone.close());

it.each(CHECKS)('$says', async ({ look }) => {
  await expect(look(world)).resolves.toBeUndefined();
});
