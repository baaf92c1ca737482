/** Lines of a change beside each other: what stood there on the left, what stands there now on the right. */
import type { PairedLine } from "./pairs";

/** Places in the hunk; null where nothing stands on that side. */
export interface Row {
  before: number | null;
  after: number | null;
}

/** Lines that stand against each other share a row, in order; what is left between them is filled from the top. */
export function rowsOf(lines: readonly PairedLine[], against: ReadonlyMap<number, number>): Row[] {
  const rows: Row[] = [];
  let removed: number[] = [];
  let added: number[] = [];
  const fill = () => {
    for (let n = 0; n < Math.max(removed.length, added.length); n += 1) {
      rows.push({ before: removed[n] ?? null, after: added[n] ?? null });
    }
    removed = [];
    added = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const kind = lines[at]?.kind;
    if (kind === "removed") {
      if (added.length > 0) {
        settle();
      }
      removed.push(at);
    } else if (kind === "added") {
      added.push(at);
    } else {
      settle();
      rows.push({ before: at, after: at });
    }
  }
  settle();
  return rows;

  /** Ends a run of changes: its pairs cut it into pieces. */
  function settle(): void {
    const [gone, come] = [removed, added];
    removed = [];
    added = [];
    let next = 0;
    for (const before of gone) {
      const after = against.get(before);
      const place = after === undefined ? -1 : come.indexOf(after, next);
      if (after === undefined || place < 0) {
        removed.push(before);
        continue;
      }
      added.push(...come.slice(next, place));
      fill();
      rows.push({ before, after });
      next = place + 1;
    }
    added.push(...come.slice(next));
    fill();
  }
}
