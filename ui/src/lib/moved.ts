/** Lines that were not written or deleted but moved: the same run of them goes in one place and comes in another. */
import type { DiffFile } from "../ipc/generated/protocol";

/** Where a line of a diff went, or where it came from. */
export interface Moved {
  path: string;
  /** Counted from one, in the text after the change where it went, before it where it came from. */
  line: number;
  /** Whether it is the first of its run. */
  first: boolean;
}

/** By path, then by the line's place: the hunk and the line in it. */
export type Moves = ReadonlyMap<string, ReadonlyMap<string, Moved>>;

/** A run is a move from so many lines on, with so many letters and digits in them: a lone brace is none. */
const LEAST_LINES = 3;
const LEAST_SIGNS = 30;
/** Looked at no further: more places of one text make it no run's beginning, more lines make a diff nobody reads so. */
const MOST_PLACES = 16;
const MOST_LINES = 20_000;

interface Place {
  path: string;
  key: string;
  line: number;
  text: string;
}

export function placeOf(hunk: number, line: number): string {
  return `${hunk}:${line}`;
}

export function movedLines(files: readonly DiffFile[]): Moves {
  const removed = places(files, "removed");
  const added = places(files, "added");
  const found = new Map<string, Map<string, Moved>>();
  if (removed.length + added.length > MOST_LINES) {
    return found;
  }
  const byText = new Map<string, number[]>();
  removed.forEach((place, at) => {
    const known = byText.get(place.text);
    if (known === undefined) {
      byText.set(place.text, [at]);
    } else {
      known.push(at);
    }
  });
  const taken = new Set<number>();
  for (let at = 0; at < added.length; ) {
    const run = longest(removed, added, at, byText, taken);
    if (run === null) {
      at += 1;
      continue;
    }
    for (let n = 0; n < run.length; n += 1) {
      const from = removed[run.from + n];
      const to = added[at + n];
      if (from && to) {
        taken.add(run.from + n);
        mark(found, from, { path: to.path, line: to.line, first: n === 0 });
        mark(found, to, { path: from.path, line: from.line, first: n === 0 });
      }
    }
    at += run.length;
  }
  return found;
}

function places(files: readonly DiffFile[], kind: "added" | "removed"): Place[] {
  return files.flatMap((file) =>
    file.hunks.flatMap((hunk, index) =>
      hunk.lines.flatMap((line, at) => {
        const number = kind === "added" ? line.new : line.old;
        const text = line.text.trim();
        return line.kind === kind && number !== null
          ? [{ path: file.path, key: placeOf(index, at), line: number, text }]
          : [];
      }),
    ),
  );
}

/** The longest run of removed lines that is the run of added ones from here on, if it is one that says something. */
function longest(
  removed: readonly Place[],
  added: readonly Place[],
  at: number,
  byText: ReadonlyMap<string, number[]>,
  taken: ReadonlySet<number>,
): { from: number; length: number } | null {
  const starts = byText.get(added[at]?.text ?? "") ?? [];
  if (starts.length > MOST_PLACES || added[at]?.text === "") {
    return null;
  }
  let best: { from: number; length: number } | null = null;
  for (const from of starts) {
    let length = 0;
    while (!taken.has(from + length) && same(removed, from, added, at, length)) {
      length += 1;
    }
    if (length > (best?.length ?? 0)) {
      best = { from, length };
    }
  }
  if (best === null || best.length < LEAST_LINES) {
    return null;
  }
  const text = added.slice(at, at + best.length).map((place) => place.text);
  const signs = text.join("").match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return signs < LEAST_SIGNS ? null : best;
}

/** Whether the run goes on: the same text, and on both sides the line right after the one before. */
function same(
  removed: readonly Place[],
  from: number,
  added: readonly Place[],
  at: number,
  length: number,
): boolean {
  const a = removed[from + length];
  const b = added[at + length];
  const follows = (first: Place | undefined, later: Place) =>
    first !== undefined && first.path === later.path && later.line === first.line + length;
  return (
    a !== undefined &&
    b !== undefined &&
    a.text === b.text &&
    follows(removed[from], a) &&
    follows(added[at], b)
  );
}

function mark(found: Map<string, Map<string, Moved>>, place: Place, moved: Moved): void {
  const known = found.get(place.path);
  if (known === undefined) {
    found.set(place.path, new Map([[place.key, moved]]));
  } else {
    known.set(place.key, moved);
  }
}
