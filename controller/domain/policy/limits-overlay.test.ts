import { expect, it } from 'vitest';
import { forSchema } from './limits-overlay.ts';

const limits = { memory: '1g', pids: 9 };
const tree = { services: { app: { image: 'a:1', deploy: { resources: { limits } } } } };

it.each([
  { version: null, pids: 9 },
  { version: '3', pids: 9 },
  { version: '3.9', pids: 9 },
  { version: '3.13', pids: 9 },
  { version: '3.8', pids: undefined },
  { version: '3.0', pids: undefined },
])('of a file of version $version the limit of processes is $pids', ({ version, pids }) => {
  const { services } = forSchema({ tree, put: [] }, version).tree as typeof tree;
  expect(services.app.deploy.resources.limits).toEqual({
    memory: '1g',
    ...(pids === undefined ? {} : { pids }),
  });
});
