/** Which lines of a change stand against each other. */
import { split } from "./words";

const LONGEST_RUN = 40;

/** How much two lines have in common, from 0 to 1. */
function alike(a: string, b: string): number {
  const words = new Map<string, number>();
  for (const word of split(a.trim())) {
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  let common = 0;
  for (const word of split(b.trim())) {
    const left = words.get(word) ?? 0;
    if (left > 0) {
      words.set(word, left - 1);
      common += word.length;
    }
  }
  return (2 * common) / Math.max(1, a.trim().length + b.trim().length);
}

/** A line as far as pairing needs it. */
export interface PairedLine {
  kind: "context" | "added" | "removed";
  text: string;
}

/** Which removed line stands against which added one: within one run of changes, in order, the most alike together. */
export function pairs(lines: readonly PairedLine[]): Map<number, number> {
  const found = new Map<number, number>();
  for (let at = 0; at < lines.length; ) {
    const removed: number[] = [];
    const added: number[] = [];
    while (lines[at]?.kind === "removed") {
      removed.push(at);
      at += 1;
    }
    while (lines[at]?.kind === "added") {
      added.push(at);
      at += 1;
    }
    if (removed.length === 0 && added.length === 0) {
      at += 1;
    }
    for (const [from, to] of matched(lines, removed, added)) {
      found.set(from, to);
      found.set(to, from);
    }
  }
  return found;
}

const ENOUGH = 0.34;

function matched(lines: readonly PairedLine[], removed: number[], added: number[]): [number, number][] {
  if (removed.length > LONGEST_RUN || added.length > LONGEST_RUN) {
    return [];
  }
  const text = (at: number | undefined) => (at === undefined ? "" : (lines[at]?.text ?? ""));
  const gain = removed.map((from) => added.map((to) => alike(text(from), text(to))));
  const best: number[][] = Array.from({ length: removed.length + 1 }, () => Array(added.length + 1).fill(0));
  const cell = (i: number, j: number) => best[i]?.[j] ?? 0;
  const worth = (i: number, j: number) => {
    const found = gain[i]?.[j] ?? 0;
    return found < ENOUGH ? Number.NEGATIVE_INFINITY : found + cell(i + 1, j + 1);
  };
  for (let i = removed.length - 1; i >= 0; i -= 1) {
    for (let j = added.length - 1; j >= 0; j -= 1) {
      const row = best[i];
      if (row) {
        row[j] = Math.max(cell(i + 1, j), cell(i, j + 1), worth(i, j));
      }
    }
  }
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < removed.length && j < added.length; ) {
    const from = removed[i];
    const to = added[j];
    if (from !== undefined && to !== undefined && worth(i, j) === cell(i, j)) {
      found.push([from, to]);
      i += 1;
      j += 1;
    } else if (cell(i + 1, j) === cell(i, j)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return found;
}
