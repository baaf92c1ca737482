/** What changed in a line, crossed with what its parts are. */
import type { Inked } from "./highlight/inks";
import type { Span } from "./words";

/** A span of a line with the inks within it. */
export interface Marked {
  changed: boolean;
  parts: Inked[];
}

/** What changed, crossed with what each part of the line is. */
export function cross(spans: readonly Span[], inks: readonly Inked[] | undefined): Marked[] {
  if (!inks || inks.map((part) => part.text).join("") !== spans.map((span) => span.text).join("")) {
    return spans.map(({ text, changed }) => ({ changed, parts: [{ text, ink: "plain" }] }));
  }
  let ink = 0;
  let used = 0;
  return spans.map(({ text, changed }) => {
    const parts: Inked[] = [];
    for (let left = text.length; left > 0; ) {
      const part = inks[ink];
      if (!part) {
        break;
      }
      const length = Math.min(left, part.text.length - used);
      parts.push({ text: part.text.slice(used, used + length), ink: part.ink });
      left -= length;
      used += length;
      if (used === part.text.length) {
        ink += 1;
        used = 0;
      }
    }
    return { changed, parts };
  });
}
