/** The chart of a run as an SVG that is readable in light and in dark: a ladder of guards for each fork, a box for each leaf. Pure. */
import { type Arrow, type Chart, chartOf } from '../controller/domain/run/chart.ts';

/** Which ladder stands where, from top to bottom: arrows between them lead one column on. */
const COLUMNS: readonly (readonly string[])[] = [
  ['judging'],
  ['waiting.judging', 'begun.judging', 'closed.judging'],
  ['begun.ready', 'begun.ending', 'closed.deleting'],
];
const TITLES: Readonly<Record<string, string>> = {
  judging: 'every run',
  'waiting.judging': 'waiting: it never took a slot',
  'begun.judging': 'begun: it took a slot',
  'closed.judging': 'closed: it has its verdict',
  'begun.ready': 'ready: the next step can start',
  'begun.ending': 'ending: the work is over, or not wanted',
  'closed.deleting': 'deleting: the document is gone',
};

const TOP = 56;
const GAP = 34;
const HEAD = 34;
const ROW = 46;
const BETWEEN = 60;
const GUARD = 140;
const BOX = 300;
const NARROW = GUARD + 10;
const WIDE = GUARD + BOX + 12;

const PHASES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  Refused: ['#ffebe9 #cf222e', '#3c1618 #f85149'],
  Queued: ['#f6f8fa #57606a', '#21262d #8b949e'],
  Running: ['#ddf4ff #0969da', '#0c2d4a #58a6ff'],
  Collecting: ['#fbefff #8250df', '#2b1a45 #a371f7'],
  Cleaning: ['#fff8c5 #9a6700', '#2d2600 #d29922'],
  Blind: ['#fff1e5 #bc4c00', '#341a04 #f0883e'],
  Finished: ['#dafbe1 #1a7f37', '#0f2d17 #3fb950'],
};

interface Ladder {
  readonly path: string;
  readonly arrows: readonly Arrow[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export function chartPicture(chart: Chart = chartOf()): string {
  const ladders = laidOut(chart);
  const missing = [...chart.forks.keys()].filter((path) => !ladders.some((each) => each.path === path));
  if (missing.length > 0)
    throw new TypeError(`The picture of the chart has no place for ${missing.join(', ')}.`);
  const width = Math.max(...ladders.map((each) => each.x + each.width)) + 20;
  const height = Math.max(...ladders.map(bottomOf)) + 24;
  const lines = ladders.flatMap((ladder) => [...panel(ladder), ...rows(ladder, chart, ladders)]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif">`,
    '  <title id="title">The chart of a run</title>',
    `  <desc id="description">${description(chart)}</desc>`,
    ...style(),
    '  <defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0 L10 5 L0 10 z" /></marker></defs>',
    `  <rect class="paper" width="${width}" height="${height}" />`,
    text('name', [20, 30], 'From facts to the next thing to do: in each ladder, the first line that is true'),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function laidOut({ forks }: Chart): Ladder[] {
  const ladders: Ladder[] = [];
  let x = 20;
  for (const [column, paths] of COLUMNS.entries()) {
    const width = column === 0 ? NARROW : WIDE;
    let y = TOP;
    for (const path of paths) {
      const ladder = { path, arrows: forks.get(path) ?? [], x, y, width };
      ladders.push(ladder);
      y = bottomOf(ladder) + GAP;
    }
    x += width + BETWEEN;
  }
  return ladders;
}

const bottomOf = ({ y, arrows }: Ladder): number => y + HEAD + arrows.length * ROW + 6;

function panel(ladder: Ladder): string[] {
  const { path, x, y, width } = ladder;
  return [
    `  <rect class="panel" x="${x}" y="${y}" width="${width}" height="${bottomOf(ladder) - y}" rx="8" />`,
    text('name', [x + 12, y + 22], TITLES[path] ?? path),
  ];
}

function rows({ arrows, x, y, width }: Ladder, { leaves }: Chart, ladders: readonly Ladder[]): string[] {
  return arrows.flatMap(({ guard, to }, index) => {
    const middle = y + HEAD + index * ROW + ROW / 2;
    const own = text('guard', [x + 12, middle + 4], guard === null ? 'otherwise' : wordsOf(guard));
    const leaf = leaves.get(to);
    if (leaf !== undefined) {
      const at = x + GUARD;
      return [
        own,
        `  <rect class="${leaf.phase}" x="${at}" y="${middle - 19}" width="${BOX}" height="38" rx="6" />`,
        text('name', [at + 10, middle - 3], to.split('.').at(-1) ?? to),
        text('phase', [at + BOX - 10, middle - 3], `${leaf.phase}: ${wordsOf(leaf.action)}`),
        text('note', [at + 10, middle + 13], leaf.says),
      ];
    }
    const next = ladders.find(({ path }) => path === to);
    if (next === undefined) return [own];
    const [from, end] = [x + width, next.y + 18];
    const bend = (next.x - from) * 0.5;
    return [
      own,
      `  <path class="line" d="M${x + GUARD - 20} ${middle} H${from}" />`,
      `  <path class="line" marker-end="url(#arrow)" d="M${from} ${middle} C${from + bend} ${middle} ${next.x - bend} ${end} ${next.x - 2} ${end}" />`,
    ];
  });
}

/** `teardownOverdue` as people write it. */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function description({ forks, leaves }: Chart): string {
  const said = [...forks].map(([path, arrows]) => {
    const each = arrows.map(({ guard, to }) => `${guard === null ? 'otherwise' : wordsOf(guard)}: ${to}`);
    return `${path}: ${each.join(', ')}.`;
  });
  const told = [...leaves].map(([path, { phase, says }]) => `${path} (${phase}) ${says}.`);
  return [...said, ...told].join(' ');
}

function text(kind: string, [x, y]: readonly [number, number], words: string): string {
  return `  <text class="${kind}" x="${x}" y="${y}">${words}</text>`;
}

function style(): string[] {
  const phases = (which: 0 | 1): string[] =>
    Object.entries(PHASES).map(([phase, colours]) => {
      const [fill, stroke] = colours[which].split(' ');
      return `.${phase} { fill: ${fill}; stroke: ${stroke}; stroke-width: 1.3; }`;
    });
  const inks = (paper: string, panel: string, ink: readonly [string, string, string]): string[] => [
    `.paper { fill: ${paper}; }`,
    `.panel { fill: ${panel}; stroke: ${ink[2]}; stroke-width: 1; }`,
    `.line { fill: none; stroke: ${ink[2]}; stroke-width: 1.6; }`,
    `.head { fill: ${ink[2]}; }`,
    `.name, .guard { fill: ${ink[0]}; }`,
    `.note, .phase { fill: ${ink[1]}; }`,
  ];
  return [
    '  <style>',
    '    .name { font-size: 13px; font-weight: 600; } .guard { font-size: 13px; } .note { font-size: 12px; }',
    '    .phase { font-size: 11px; text-anchor: end; }',
    ...[...inks('#ffffff', '#ffffff', ['#1f2328', '#424a53', '#57606a']), ...phases(0)].map(
      (rule) => `    ${rule}`,
    ),
    '    @media (prefers-color-scheme: dark) {',
    ...[...inks('#0d1117', '#0d1117', ['#f0f6fc', '#c9d1d9', '#8b949e']), ...phases(1)].map(
      (rule) => `      ${rule}`,
    ),
    '    }',
    '  </style>',
  ];
}
