import { expect, it } from 'vitest';
import { chartOf } from '../controller/domain/run/chart.ts';
import { chartPicture } from './chart-picture.ts';

const chart = chartOf();

it('shows every guard and what every leaf says', () => {
  const picture = chartPicture(chart);
  for (const { says, phase } of chart.leaves.values()) {
    expect(picture).toContain(`>${says}</text>`);
    expect(picture).toContain(`class="${phase}"`);
  }
  const rows = [...chart.forks.values()].flat();
  expect(picture.match(/<text class="guard"/g)).toHaveLength(rows.length);
  const between = rows.filter(({ to }) => chart.forks.has(to));
  expect(picture.match(/marker-end/g)).toHaveLength(between.length);
});

it('refuses a chart with a fork that it has no place for', () => {
  const forks = new Map([...chart.forks, ['begun.new', [{ guard: null, to: 'closing' }]] as const]);
  expect(() => chartPicture({ ...chart, forks })).toThrow('begun.new');
});
