/**
 * What the lines of a log say when those of one speaker are put together: a program that wraps what it prints
 * spreads a secret over lines, and each has a time before it.
 */
import { LogLine } from '../../api/stage.ts';
import type { Look, SecretSearch } from '../../domain/secrets/secret-search.ts';
import { ndjsonLine } from '../../runtime/json.ts';

/** A line of ours is far shorter; what is longer is looked through as bytes alone. */
const MAX_LINE = 256 * 1024;
/** As `evidence` writes an app's log: time, task, text. */
const APP_LINE = /^\d{4}-\d\d-\d\dT\S+ (?<who>\S+) (?<text>.*)$/;

export function isLog(path: string): boolean {
  return path.endsWith('.ndjson') || path.endsWith('.log');
}

export function lineLook(search: SecretSearch): Look {
  const looks = new Map<string, Look>();
  let rest = Buffer.alloc(0);
  const say = (line: Buffer): void => {
    const said = saidIn(line.toString('utf8'));
    if (said === null) return;
    const look = looks.get(said.who) ?? search.look();
    looks.set(said.who, look);
    look.push(Buffer.from(said.text));
  };
  return {
    push: (piece) => {
      let window = Buffer.concat([rest, piece]);
      for (let end = window.indexOf(10); end >= 0; end = window.indexOf(10)) {
        say(window.subarray(0, end));
        window = window.subarray(end + 1);
      }
      rest = window.length > MAX_LINE ? Buffer.alloc(0) : window;
    },
    found: () => {
      say(rest);
      rest = Buffer.alloc(0);
      const found = new Set([...looks.values()].flatMap((look) => look.found()));
      return search.names.filter((name) => found.has(name));
    },
  };
}

function saidIn(line: string): { readonly who: string; readonly text: string } | null {
  if (line.startsWith('{')) {
    // One that a crash tore is no line of anybody.
    const said = ndjsonLine(LogLine, line);
    return said === null ? null : { who: said.from, text: said.text };
  }
  const { who, text } = APP_LINE.exec(line)?.groups ?? {};
  return who === undefined || text === undefined ? null : { who, text };
}
