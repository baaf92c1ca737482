/** Finding actions by a few letters: all words that were written must begin a word, or stand somewhere in one. */

export interface Found {
  /** The parts that were found, from and to. */
  hits: readonly (readonly [number, number])[];
}

interface Ranked<T> extends Found {
  item: T;
  score: number;
}

export function rank<T>(text: string, items: readonly T[], titleOf: (item: T) => string): Ranked<T>[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return items
    .flatMap((item) => {
      const found = match(words, titleOf(item).toLowerCase());
      return found ? [{ item, ...found }] : [];
    })
    .map((each, index) => ({ each, index }))
    .sort((a, b) => b.each.score - a.each.score || a.index - b.index)
    .map(({ each }) => each);
}

function match(words: readonly string[], title: string): { hits: [number, number][]; score: number } | null {
  const hits: [number, number][] = [];
  let score = 0;
  for (const word of words) {
    const begins = title.startsWith(word) ? 0 : title.indexOf(` ${word}`) + 1;
    const at = begins > 0 || title.startsWith(word) ? begins : title.indexOf(word);
    if (at < 0) {
      return null;
    }
    score += title.startsWith(word) ? 3 : begins > 0 ? 2 : 1;
    hits.push([at, at + word.length]);
  }
  return { hits: hits.sort((a, b) => a[0] - b[0]), score };
}

/** A title in parts, those that were found marked. */
export function split(title: string, hits: Found["hits"]): { text: string; hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of hits) {
    if (from >= at) {
      parts.push({ text: title.slice(at, from), hit: false }, { text: title.slice(from, to), hit: true });
      at = to;
    }
  }
  parts.push({ text: title.slice(at), hit: false });
  return parts.filter((part) => part.text !== "");
}
