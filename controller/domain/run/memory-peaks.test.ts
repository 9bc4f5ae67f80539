import { describe, expect, it } from 'vitest';
import type { ContainerMemory } from '../../ports.ts';
import { memoryPeaks } from './memory-peaks.ts';

/** `app1 usage/max-inactive`, `-` for an engine that has no peak of its own; the id's last digit is no part of the service. */
function lookAt(text: string): ContainerMemory[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, id = '', usage, max, inactive] = /^\s*(\w+) (\d+)\/(\d+|-)-(\d+)$/.exec(part) ?? [];
      const said = max === '-' ? null : Number(max);
      return {
        id,
        service: id.replace(/\d$/, ''),
        usage: Number(usage),
        max: said,
        inactiveFile: Number(inactive),
      };
    });
}

describe('memoryPeaks', () => {
  it.each([
    { because: 'nothing seen is nothing known', looks: [], memory: {}, total: null },
    { because: 'an app that was not there yet is not 0', looks: ['', ''], memory: {}, total: null },
    {
      because: 'the highest look counts where the engine has no peak of its own',
      looks: ['app1 50/--10', 'app1 90/--20', 'app1 60/--10'],
      memory: { app: 70 },
      total: 70,
    },
    {
      because: 'what the engine saw between two looks counts',
      looks: ['', 'app1 50/55-10', 'app1 40/120-20'],
      memory: { app: 100 },
      total: 100,
    },
    {
      because: 'a peak is judged with the page cache of its own time, not with that of a later look',
      looks: ['', 'app1 100/100-80', 'app1 30/100-0'],
      memory: { app: 30 },
      total: 30,
    },
    {
      because: 'what a container took before the first look belongs to the stage before',
      looks: ['app1 50/200-10', 'app1 60/200-10'],
      memory: { app: 50 },
      total: 50,
    },
    {
      because: 'a container that is new at a later look is counted from its start',
      looks: ['app1 50/200-10', 'app2 30/90-10'],
      memory: { app: 80 },
      total: 80,
    },
    {
      because: 'a service is as large as its largest container, and the total as all at once',
      looks: ['app1 50/--0, app2 60/--0, db1 30/--0', 'db1 100/--0'],
      memory: { app: 60, db: 100 },
      total: 140,
    },
    {
      because: 'a cache that is not less than what it is part of is not taken away, as docker does',
      looks: ['app1 50/--50'],
      memory: { app: 50 },
      total: 50,
    },
  ])('$because', ({ looks, memory, total }) => {
    const found = memoryPeaks(looks.map(lookAt));
    expect(Object.fromEntries(found.memory.map(({ service, peakBytes }) => [service, peakBytes]))).toEqual(
      memory,
    );
    expect(found.totalPeakBytes).toBe(total);
  });
});
