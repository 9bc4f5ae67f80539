/** Tables in the box-drawing style of abra's. Pure. */

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, index) =>
    Math.max(...[header, ...rows.map((row) => row[index] ?? '')].map(widthOf)),
  );
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '━'.repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[]) =>
    `┃${widths.map((width, index) => ` ${padded(cells[index] ?? '', width)} `).join('┃')}┃`;
  const body = rows.map(line);
  return `${[rule('┏', '┳', '┓'), line(headers), rule('┣', '╋', '┫'), ...body, rule('┗', '┻', '┛')].join('\n')}\n`;
}

/** Marks such as ✅ take two columns of a terminal. */
function widthOf(text: string): number {
  return Array.from(text).reduce((width, char) => width + (/\p{Emoji_Presentation}/u.test(char) ? 2 : 1), 0);
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
