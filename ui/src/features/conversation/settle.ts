/** Ends a jump within the frame it began in. */
import type { Virtualizer } from "@tanstack/react-virtual";

/** Rows that come into view are taller or lower than was guessed; what they push away is made up for this often. */
const TRIES = 6;

/**
 * Brings the end into view, and what stands there. By itself the list hears of its own scrolling with the next frame and
 * draws what came into view with the one after; until then there would be nothing, and then something that moves.
 */
export function settleAtEnd(list: Virtualizer<HTMLDivElement, Element>): void {
  list.scrollToEnd();
  // After React has finished what is under way, and before anything is painted.
  queueMicrotask(() => {
    const box = list.scrollElement;
    for (let tries = 0; box && tries < TRIES; tries += 1) {
      box.dispatchEvent(new Event("scroll"));
      const end = box.scrollHeight - box.clientHeight;
      if (Math.abs(box.scrollTop - end) <= 1) {
        return;
      }
      box.scrollTop = end;
    }
  });
}
