/** The forms of the ledgers: what is wrong with each, as sentences. Pure. */

/** A verdict, as the reviewer writes it. */
export interface Verdict {
  readonly id: string;
  readonly verdict: 'PASS' | 'FAIL';
  readonly at: Date;
}

const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** Headings of one level, outside of code. */
export function headings(text: string, level: number): string[] {
  const form = new RegExp(`^#{${level}} (.+)$`, 'gm');
  return [...withoutCode(text).matchAll(form)].map(([, heading = '']) => heading);
}

/** The parts below each heading of one level, each with its heading. */
function sections(text: string, level: 2 | 3): { readonly heading: string; readonly body: string }[] {
  return text
    .split(new RegExp(`^#{${level}} `, 'm'))
    .slice(1)
    .map((part) => ({ heading: part.slice(0, part.indexOf('\n')), body: part }));
}

function bodyOf(text: string, heading: string): string {
  return sections(text, 2).find((part) => part.heading === heading)?.body ?? '';
}

const items = (text: string): string[] => text.match(/^- .*$/gm) ?? [];

export function backlogProblems(text: string): string[] {
  const found = headings(text, 2).join(', ');
  const wanted = 'Build backlog, Adversary findings';
  const findings = items(bodyOf(text, 'Adversary findings'));
  return [
    ...(found === wanted ? [] : [`BACKLOG.md has the sections ${found}, and not ${wanted}.`]),
    ...items(text)
      .filter((item) => !/^- \[[ x]\] \S/.test(item))
      .map((item) => `BACKLOG.md has an item without a checkbox: ${item}`),
    ...findings
      .filter((item) => !item.includes('[adversary]'))
      .map((item) => `BACKLOG.md has a finding without the tag [adversary]: ${item}`),
    ...items(bodyOf(text, 'Build backlog'))
      .filter((item) => item.includes('[adversary]'))
      .map((item) => `BACKLOG.md has a finding outside of its section: ${item}`),
  ];
}

const DECISION_PARTS = /\n\n- Status: .+\n- Context: .+\n- Decision: .+\n- Consequences: .+\n/;
const DECISION_STATUS =
  /^(?:accepted|open, with a default)(?:, supersedes \d+(?: and \d+)*)?$|^superseded by \d+$/;

export function decisionProblems(text: string): string[] {
  const parts = sections(text, 2);
  const numbered = parts.filter(({ heading }) => /^\d+\. \S/.test(heading));
  const others = parts.filter((part) => !numbered.includes(part)).map(({ heading }) => heading);
  return [
    ...(others.join() === 'Dead ends'
      ? []
      : [`DECISIONS.md has beside its decisions: ${others.join(', ')}.`]),
    ...numbered.flatMap(({ heading, body }, index) => [
      ...(Number.parseInt(heading) === index + 1 ? [] : [`"${heading}" should be number ${index + 1}.`]),
      ...(DECISION_PARTS.test(body)
        ? []
        : [`"${heading}" lacks one of Status, Context, Decision, Consequences.`]),
    ]),
    ...successionProblems(text),
  ];
}

interface Succession {
  readonly number: number;
  readonly status: string;
}

/** Pairs "old by new", as one side says them. */
function pairsOf(statuses: readonly Succession[], word: 'superseded by' | 'supersedes'): string[] {
  return statuses.flatMap(({ number, status }) =>
    status.includes(word)
      ? [...status.matchAll(/\d+/g)].map(([other]) =>
          word === 'superseded by' ? `${number} by ${other}` : `${other} by ${number}`,
        )
      : [],
  );
}

function successionProblems(text: string): string[] {
  const statuses = [...text.matchAll(/^## (\d+)\. .+\n\n- Status: (.+)$/gm)].map(
    ([, number, status = '']) => ({ number: Number(number), status }),
  );
  const [old, successors] = [pairsOf(statuses, 'superseded by'), pairsOf(statuses, 'supersedes')];
  const isBackward = (pair: string): boolean => {
    const [from = 0, to = 0] = pair.split(' by ').map(Number);
    return to <= from;
  };
  return [
    ...statuses
      .filter(({ status }) => !DECISION_STATUS.test(status))
      .map(({ number, status }) => `Decision ${number} has the status "${status}", which is none.`),
    ...old
      .filter((pair) => !successors.includes(pair))
      .map((pair) => `The successor of ${pair} does not say so.`),
    ...successors.filter((pair) => !old.includes(pair)).map((pair) => `It is not said that ${pair}.`),
    ...old.filter(isBackward).map((pair) => `${pair}: a successor comes later.`),
  ];
}

const CLAIM_PARTS = /^- WHAT: .+\n- HOW: .+\n- EXPECTED: .+\n- WHERE: .+$/m;
const GATE = /^Gate: (?:none claimed|[A-Z]+\d+ — CLAIMED, awaiting reviewer)$/;

export function statusProblems(text: string): string[] {
  const found = headings(text, 2);
  const claims = sections(bodyOf(text, 'Claims'), 3);
  const gates = text.match(/^Gate:.*$/gm) ?? [];
  return [
    ...['Claims', 'Blocked']
      .filter((heading) => !found.includes(heading))
      .map((heading) => `STATUS.md lacks "## ${heading}".`),
    ...['Phase', 'In flight', 'Gate']
      .filter((word) => !new RegExp(`^${word}: \\S`, 'm').test(text))
      .map((word) => `STATUS.md lacks the line "${word}:".`),
    ...gates.filter((line) => !GATE.test(line)).map((line) => `STATUS.md has a gate that is none: ${line}`),
    ...(claims.length === 0 ? ['STATUS.md claims nothing.'] : []),
    ...claims
      .filter(({ body }) => !CLAIM_PARTS.test(body))
      .map(({ heading }) => `The claim "${heading}" lacks one of WHAT, HOW, EXPECTED, WHERE.`),
    ...claims
      .filter(({ body }) => /^- WHY:/m.test(body))
      .map(({ heading }) => `The claim "${heading}" says why, which belongs into JOURNAL.md.`),
  ];
}

const JOURNAL_WORDS = ['What', 'Why', 'Command', 'Output', 'Next'];

export function journalProblems(text: string): string[] {
  const entries = sections(text, 2);
  if (entries.length === 0) return ['JOURNAL.md has no entries.'];
  return entries.flatMap(({ heading, body }) => [
    ...(/^\d{4}-\d{2}-\d{2} \S/.test(heading) ? [] : [`The entry "${heading}" begins with no date.`]),
    ...JOURNAL_WORDS.filter((word) => !new RegExp(`^${word}:(?: |$)`, 'm').test(body)).map(
      (word) => `The entry "${heading}" lacks "${word}:".`,
    ),
  ]);
}

const DEFERRED_ITEM = /^- \[[ x]\] \d{4}-\d{2}-\d{2}, [^:]+: .*\bneeds\b.*$/;

export function deferredProblems(text: string): string[] {
  return items(text)
    .filter((item) => !DEFERRED_ITEM.test(item))
    .map((item) => `docs/DEFERRED.md has an item that is not "- [ ] <date>, <what>: needs …": ${item}`)
    .concat(
      items(text)
        .filter((item) => item.includes('[idea]'))
        .map((item) => `docs/DEFERRED.md has an idea, which belongs into BACKLOG.md: ${item}`),
    );
}

const VERDICT = /^([A-Z]+\d+): (PASS|FAIL) @(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/;
/** What looks like one, so that a misspelt verdict is not taken for text. */
const VERDICT_LIKE = /^\S+: (?:PASS|FAIL)\b/;

export function verdictsOf(review: string): Verdict[] {
  return withoutCode(review)
    .split('\n')
    .flatMap((line) => {
      const [, id, verdict, at] = VERDICT.exec(line) ?? [];
      return id === undefined || at === undefined
        ? []
        : [{ id, verdict: verdict as Verdict['verdict'], at: new Date(at) }];
    });
}

/** `backlog`: a FAIL is a finding there as well. */
export function reviewProblems(text: string, backlog: string): string[] {
  const verdicts = bodyOf(text, 'Verdicts');
  const findings = items(bodyOf(backlog, 'Adversary findings'));
  const lines = withoutCode(verdicts).split('\n');
  return [
    ...(headings(text, 2).includes('Verdicts') ? [] : ['REVIEW.md lacks "## Verdicts".']),
    ...(text.includes('<id>: PASS @<timestamp>') ? [] : ['REVIEW.md does not say how a verdict is written.']),
    ...lines
      .filter((line) => VERDICT_LIKE.test(line) && !VERDICT.test(line))
      .map((line) => `REVIEW.md has a verdict in another form: ${line}`),
    ...lines
      .map((line, index) => ({ line, evidence: verdicts.split(line)[1] ?? '', index }))
      .filter(({ line, evidence }) => VERDICT.test(line) && !/^\s*```/.test(evidence))
      .map(({ line }) => `REVIEW.md has a verdict without commands and their output: ${line}`),
    ...verdictsOf(verdicts)
      .filter(({ id, verdict }) => verdict === 'FAIL' && !findings.some((item) => item.includes(id)))
      .map(({ id }) => `${id} failed, and BACKLOG.md has no [adversary] item that names it.`),
  ];
}

const DONE_IDS = ['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D10'];
const DAY_MS = 24 * 60 * 60 * 1000;

/** Work may be called done where the newest verdict on each of D1 to D10 is a PASS of the last day, and nothing forbids it. */
export function doneProblems({
  status,
  review,
  now,
}: {
  status: string;
  review: string;
  now: Date;
}): string[] {
  if (!headings(status, 2).some((heading) => heading === 'DONE')) return [];
  const verdicts = verdictsOf(review);
  const isProven = (id: string): boolean => {
    const newest = verdicts.filter((each) => each.id === id).at(-1);
    return newest?.verdict === 'PASS' && now.getTime() - newest.at.getTime() < DAY_MS;
  };
  const vetoes = headings(review, 2).filter((heading) => /^VETO\b/.test(heading));
  const lifted = (review.match(/^VETO lifted\b/gm) ?? []).length;
  return [
    ...DONE_IDS.filter((id) => !isProven(id)).map(
      (id) => `STATUS.md says DONE, and REVIEW.md has no PASS of ${id} of the last 24 hours.`,
    ),
    ...vetoes.slice(lifted).map((veto) => `STATUS.md says DONE, and REVIEW.md forbids it: ${veto}.`),
  ];
}
