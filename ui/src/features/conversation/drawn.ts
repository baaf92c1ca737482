/** Which entries are drawn: those near the view, those at the end, and for a moment those a jump has left. */
import { defaultRangeExtractor, type Range, type Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState } from "react";

type List = Virtualizer<HTMLDivElement, Element>;

/** However low they are, more than this many at the end are not drawn in advance. */
const AT_END = 24;

/** What was left is taken out once what was gone to has been painted. */
const LEAVES_AFTER_MS = 150;

/**
 * Everybody who sends goes to the end, from wherever they read. So the end is always there, and what they leave is only
 * taken out when it no longer holds up the frame that they wait for.
 */
export function useDrawn() {
  const list = useRef<List | null>(null);
  const left = useRef<readonly number[]>([]);
  const [round, setRound] = useState(0);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another identity has the list ask again.
  const rangeExtractor = useCallback(
    (range: Range) => {
      const drawn = new Set(defaultRangeExtractor(range));
      for (const index of [...atEnd(list.current, range), ...left.current]) {
        if (index < range.count) {
          drawn.add(index);
        }
      }
      return [...drawn].sort((one, other) => one - other);
    },
    [round],
  );

  /** Keeps what is drawn now until a jump that begins now has been painted. */
  const leave = useCallback(() => {
    left.current = list.current?.getVirtualIndexes() ?? [];
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      left.current = [];
      setRound((before) => before + 1);
    }, LEAVES_AFTER_MS);
  }, []);

  return { list, rangeExtractor, leave };
}

/** As many entries at the end as fill the view, and the same beyond it as anywhere. */
function atEnd(list: List | null, range: Range): number[] {
  const height = list?.scrollRect?.height ?? 0;
  const found: number[] = [];
  let beyond = range.overscan;
  const last = list?.measurementsCache[range.count - 1]?.end ?? 0;
  for (let index = range.count - 1; index >= 0 && found.length < AT_END && beyond > 0; index -= 1) {
    found.push(index);
    if (last - (list?.measurementsCache[index]?.start ?? 0) > height) {
      beyond -= 1;
    }
  }
  return found;
}
