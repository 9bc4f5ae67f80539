/** The commits of a range, each with the lines that it takes and adds. */
import { execa } from 'execa';
import type { Change, FileChange } from './history.ts';

/** Stands before each commit, and in no line of a diff, whose lines begin with a sign. */
const MARK = '@@@commit ';

const PLAIN = ['--unified=0', '--no-color', '--no-ext-diff', '--no-renames'];

/** Newest first; merges are left out, since their parents are there. */
export async function changesIn(dir: string, range: string): Promise<Change[]> {
  const args = ['log', '--no-merges', ...PLAIN, `--format=${MARK}%H %s`, '--patch', range];
  return changesOf((await execa('git', args, { cwd: dir })).stdout);
}

/** All of a range as one change. */
export async function changeOver(dir: string, range: string): Promise<Pick<Change, 'files'>> {
  const { stdout } = await execa('git', ['diff', ...PLAIN, range], { cwd: dir });
  return { files: filesOf(stdout.split('\n')) };
}

/** Reads what `git log --patch` printed. */
function changesOf(text: string): Change[] {
  const changes: Change[] = [];
  for (const part of text.split(new RegExp(`^${MARK}`, 'm')).slice(1)) {
    const [head = '', ...lines] = part.split('\n');
    const [commit = '', ...words] = head.split(' ');
    changes.push({ commit, subject: words.join(' '), files: filesOf(lines) });
  }
  return changes;
}

function filesOf(lines: readonly string[]): FileChange[] {
  const parts = lines.join('\n').split(/^diff --git /m).slice(1); // oxfmt-ignore
  return parts.map((part) => {
    const [head = '', ...rest] = part.split('\n');
    const body = rest.slice(rest.findIndex((line) => line.startsWith('@@')));
    const of = (sign: string): string[] =>
      body.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
    return { path: head.slice(head.lastIndexOf(' b/') + 3), removed: of('-'), added: of('+') };
  });
}
