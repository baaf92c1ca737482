/** What hides, held against the table that the core is held against. */
import { expect, it } from "vitest";
import table from "../../../crates/ampersand-core/src/visible/table.json?raw";
import { hides, visible, visibleProse } from "./visible";

interface Case {
  text: string;
  /** As it is drawn: characters that are written out as `U+202E`, between what stays. */
  code: string[];
  /** The same for prose, where that differs. */
  prose?: string[];
}

const { hides: runs, cases } = JSON.parse(table) as { hides: [string, string][]; cases: Case[] };

const drawn = (parts: string[]) =>
  parts.map((part) => (/^U\+[0-9A-F]{4,6}$/.test(part) ? `⟨${part}⟩` : part)).join("");

it("exactly the characters of the table hide", () => {
  const listed = runs.map(
    ([first, last]) => [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const,
  );
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const isLetter = code < 0xd800 || code > 0xdfff;
    const isListed = listed.some(([first, last]) => first <= code && code <= last);
    if (isLetter && hides(String.fromCodePoint(code)) !== isListed) {
      wrong.push(code.toString(16));
    }
  }
  expect(wrong).toEqual([]);
});

it.each(cases)("%j is drawn with what hides written out", ({ text, code, prose }) => {
  expect(visible(text)).toBe(drawn(code));
  expect(visibleProse(text)).toBe(drawn(prose ?? code));
});
