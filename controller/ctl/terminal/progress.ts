/** What `run --wait` shows meanwhile: one moving line on a terminal, timestamped lines elsewhere. */
import { elapsedOf, isOver } from '../../views/standing.ts';
import type { Ctl } from './world.ts';
import type { RunView } from '../../views/runs.ts';
import { headlineOf } from '../../describe/badge.ts';
import { ageOf } from '../../domain/text/time.ts';

export interface Progress {
  readonly look: (run: RunView | null) => void;
  readonly remark: (text: string) => void;
  /** Leaves the terminal's line clean. */
  readonly end: () => void;
}

const CLEAR = '\r\u001b[K';
/** A line that is longer than the terminal is clipped: a wrapped one could not be cleared again. */
const CLIP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

function terminalProgress(ctl: Ctl): Progress {
  let shown = '';
  return {
    look(run) {
      if (run === null || isOver(run)) return;
      const waited = ageOf(ctl.now().getTime() - Date.parse(run.metadata.createdAt));
      const text = `${headlineOf(run, ctl.errStyle)}  ${elapsedOf(run, ctl.now()) || waited}`;
      if (text !== shown) ctl.err.write(CLEAR + CLIP + text + WRAP);
      shown = text;
    },
    remark(text) {
      ctl.err.write(`${shown === '' ? '' : CLEAR}${text}\n`);
      shown = '';
    },
    end() {
      if (shown !== '') ctl.err.write(CLEAR);
    },
  };
}

function plainProgress(ctl: Ctl): Progress {
  let shown = '';
  return {
    look(run) {
      if (run === null || isOver(run)) return;
      const text = headlineOf(run, ctl.errStyle);
      if (text === shown) return;
      shown = text;
      const elapsed = elapsedOf(run, ctl.now());
      ctl.err.write(`${ctl.now().toISOString()} ${text}${elapsed === '' ? '' : ` (${elapsed})`}\n`);
    },
    remark(text) {
      ctl.err.write(`${text}\n`);
    },
    end() {},
  };
}

export function makeProgress(ctl: Ctl): Progress {
  return ctl.err.isTTY && ctl.env['TERM'] !== 'dumb' ? terminalProgress(ctl) : plainProgress(ctl);
}
