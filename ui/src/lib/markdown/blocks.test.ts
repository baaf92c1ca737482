import { describe, expect, it } from "vitest";
import { BlockReader, parse } from "./blocks";

const TEXTS: Record<string, string> = {
  prose:
    "One paragraph\nover two lines.\n\nAnother with **bold**, `code` and [a link](https://example.org).\n",
  lists:
    "Intro\n- a\n- b\n\n  still b\n\n- c\n  1. one\n  2. two\n\nAfter.\n\n1. x\n2. y\n\n\n* other\n* list\n",
  fences:
    "Text\n```rust\nfn main() {\n\n    // # no heading\n}\n```\nmore\n\n~~~\n```\n~~~\n\n```\nnever closed\n\n- x\n",
  headings: "# One\npara\n## Two\n\nSetext\n======\n\npara\n#not a heading\n\n---\n\nend\n***x\n",
  tables: "Before\na | b\n--- | ---\n1 | 2\n3 | 4\n\nAfter the table\n\n| x |\n|---|\n| y |\ntail\n",
  quotes: "> quoted\nlazy\n\n> again\n> - list\n\nout\n> in\n",
  html: "a\n<div>\n<b>x</b>\n\ny\n</div>\n\n<!-- comment\n\nstill -->\nz\n<script>\nalert(1)\n\n</script>\n",
  definitions: "See [ref] and [x][ref].\n\n[ref]: https://example.org\n\nand [ref] again\n",
  code: "para\n\n    indented\n\n    more\n\nout\n    not code\n",
  windows: "a\r\nb\r\n\r\n- c\r\n- d\r\n\r\ne\r\n",
  tabs: "- a\n\n\tb\n\n\tcode?\n\nx\ty\n",
  mixed: "1. a\n\n   ```\n   b\n   ```\n2. c\n- d\n\n+ e\n+ f\n\ntext\n-\n- g\n",
};

/** The same numbers every time, so that a failure can be repeated. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function shape(blocks: readonly { index: number; token: unknown }[]): unknown {
  return JSON.parse(
    JSON.stringify(blocks, (key, value: unknown) =>
      // Blank lines at a block's end belong to whichever block is read first and are never drawn.
      key === "raw" && typeof value === "string" ? value.trimEnd() : value,
    ),
  );
}

describe("a growing text has the same blocks as the whole", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(name, () => {
      for (let seed = 1; seed <= 40; seed += 1) {
        const next = numbers(seed);
        const reader = new BlockReader();
        for (let at = 0; at < text.length; ) {
          at = Math.min(text.length, at + 1 + Math.floor(next() * (seed % 3 === 0 ? 2 : 14)));
          const grown = text.slice(0, at);
          expect(shape(reader.update(grown)), JSON.stringify(grown)).toEqual(shape(parse(grown)));
        }
      }
    });
  }

  it("whoever reads it after it went out of view goes on with what was read", () => {
    for (const [name, text] of Object.entries(TEXTS)) {
      const half = text.slice(0, text.length / 2);
      const first = new BlockReader();
      const blocks = first.update(half);
      first.finish();
      const second = new BlockReader(half);
      expect(second.update(half), name).toBe(blocks);
      expect(shape(second.update(text)), name).toEqual(shape(parse(text)));
      expect(new BlockReader(half).update(half), name).toBe(blocks);
    }
  });

  it("any pieces in any order", () => {
    const pieces = Object.values(TEXTS).flatMap((text) => text.split(/(?<=\n)/));
    for (let seed = 1; seed <= 300; seed += 1) {
      const next = numbers(seed * 7919);
      const reader = new BlockReader();
      let text = "";
      for (let piece = 0; piece < 14; piece += 1) {
        const line = pieces[Math.floor(next() * pieces.length)] ?? "";
        const cut = Math.floor(next() * line.length);
        for (const part of [line.slice(0, cut), line.slice(cut)]) {
          text += part;
          expect(shape(reader.update(text)), JSON.stringify(text)).toEqual(shape(parse(text)));
        }
      }
    }
  });
});

it("a finished block is read once and keeps its identity", () => {
  const reader = new BlockReader();
  const first = reader.update("# Title\n\npara\n\nta")[0];
  const again = reader.update("# Title\n\npara\n\ntail grows\n\nand grows\n\n")[0];
  expect(again).toBe(first);
});

it("a text that was replaced is read anew", () => {
  const reader = new BlockReader();
  reader.update("one\n\ntwo\n\nthree");
  expect(shape(reader.update("other"))).toEqual(shape(parse("other")));
});
