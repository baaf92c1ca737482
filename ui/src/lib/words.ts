/** What changed within a line: the words two lines have in common, and the spans that differ. */

/** Part of a line; `changed` is what the other line does not have. */
export interface Span {
  text: string;
  changed: boolean;
}

const LONGEST_LINE = 2000;
const LONGEST_TABLE = 160_000;

/** Words, runs of blanks, and every other sign by itself. */
export function split(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function whole(text: string, changed: boolean): Span[] {
  return text === "" ? [] : [{ text, changed }];
}

/**
 * The spans of a removed and an added line. Lines that share less than a third of their words are taken as different
 * altogether and come back unmarked: marking all of a line says nothing.
 */
export function wordDiff(before: string, after: string): { before: Span[]; after: Span[] } {
  if (before.length > LONGEST_LINE || after.length > LONGEST_LINE) {
    return { before: whole(before, false), after: whole(after, false) };
  }
  const a = split(before);
  const b = split(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head += 1;
  }
  let foot = 0;
  while (
    foot < a.length - head &&
    foot < b.length - head &&
    a[a.length - 1 - foot] === b[b.length - 1 - foot]
  ) {
    foot += 1;
  }
  const middleA = a.slice(head, a.length - foot);
  const middleB = b.slice(head, b.length - foot);
  const common = middleA.length * middleB.length > LONGEST_TABLE ? [] : inCommon(middleA, middleB);
  const keepA = new Set(common.map(([at]) => head + at));
  const keepB = new Set(common.map(([, at]) => head + at));
  const spansA = spans(a, (at) => at < head || at >= a.length - foot || keepA.has(at));
  const spansB = spans(b, (at) => at < head || at >= b.length - foot || keepB.has(at));
  if (shared(spansA) * 3 <= before.trim().length && shared(spansB) * 3 <= after.trim().length) {
    return { before: whole(before, false), after: whole(after, false) };
  }
  return { before: spansA, after: spansB };
}

function shared(all: Span[]): number {
  return all.reduce((sum, span) => sum + (span.changed ? 0 : span.text.trim().length), 0);
}

/** The longest common subsequence, as pairs of places. */
function inCommon(a: string[], b: string[]): [number, number][] {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const cell = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return pairs;
}

function spans(words: string[], same: (at: number) => boolean): Span[] {
  const found: Span[] = [];
  words.forEach((text, at) => {
    const changed = !same(at);
    const last = found.at(-1);
    if (last && last.changed === changed) {
      last.text += text;
    } else {
      found.push({ text, changed });
    }
  });
  return bridged(found);
}

/** A blank or a sign or two between changed words belongs to them: islands that small are noise. */
function bridged(all: Span[]): Span[] {
  const found: Span[] = [];
  all.forEach((span, at) => {
    const last = found.at(-1);
    const island = !span.changed && /^[^\p{L}\p{N}_]{1,2}$/u.test(span.text) && all[at + 1] !== undefined;
    if (last?.changed && (island || span.changed)) {
      last.text += span.text;
    } else {
      found.push({ ...span });
    }
  });
  return found;
}
