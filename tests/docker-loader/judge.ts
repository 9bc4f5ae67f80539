/** Asks docker's own loader, a program that lives as long as the tests do: a line a question, a line an answer. */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { z } from 'zod';

type Env = Readonly<Record<string, string>>;

export type Question =
  | { readonly template: string; readonly env: Env }
  | { readonly files: readonly string[]; readonly env: Env; readonly dir: string };

/** `config` is JSON with sorted keys, so that equal configurations are equal texts. */
const Answer = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ config: z.record(z.string(), z.unknown()) }),
  z.strictObject({ refused: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;

export interface Judge {
  ask(questions: readonly Question[]): Promise<Answer[]>;
  end(): Promise<void>;
}

/** So many at once keep both sides busy, and no pipe is ever full on both ends. */
const AT_ONCE = 200;

export function startJudge(program: string): Judge {
  const child = execa(program, [], { extendEnv: false, reject: false, buffer: false, stderr: 'inherit' });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Answer> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('The judge ended before it had answered.');
    return Answer.parse(JSON.parse(line.value));
  };
  return {
    ask: async (questions) => {
      const answers: Answer[] = [];
      for (let from = 0; from < questions.length; from += AT_ONCE) {
        const some = questions.slice(from, from + AT_ONCE);
        child.stdin.write(some.map((each) => `${JSON.stringify(each)}\n`).join(''));
        for (const _each of some) answers.push(await next());
      }
      return answers;
    },
    end: async () => {
      child.stdin.end();
      await child;
    },
  };
}
