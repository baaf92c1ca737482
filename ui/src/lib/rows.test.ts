import { expect, it } from "vitest";
import { type PairedLine, pairs } from "./pairs";
import { rowsOf } from "./rows";

/** Lines as a hunk writes them, and what stands beside what. */
function beside(...written: string[]): string[] {
  const kinds: Record<string, PairedLine["kind"]> = { "-": "removed", "+": "added", " ": "context" };
  const lines = written.map((line) => ({ kind: kinds[line[0] ?? " "] ?? "context", text: line.slice(1) }));
  const text = (at: number | null) => (at === null ? "" : (lines[at]?.text ?? ""));
  return rowsOf(lines, pairs(lines)).map(({ before, after }) => `${text(before)}|${text(after)}`);
}

it("what did not change stands on both sides, what came or went on one", () => {
  expect(beside(" a", "-b", " c", "+d")).toEqual(["a|a", "b|", "c|c", "|d"]);
});

it("lines that stand against each other share a row whatever came between them", () => {
  const rows = beside("-let total = one;", "+// Counted once.", "+let total = one + two;", " end");
  expect(rows).toEqual(["|// Counted once.", "let total = one;|let total = one + two;", "end|end"]);
});

it("lines that have nothing in common are filled from the top", () => {
  expect(beside("-aaa bbb", "-ccc ddd", "+111 222")).toEqual(["aaa bbb|111 222", "ccc ddd|"]);
});

it("no line is left out and none stands twice", () => {
  const rows = beside("-a b c", "-x", "+y", "+a b c d", "-p q", "+p q r", "+z");
  const sides = rows.map((row) => row.split("|"));
  expect(sides.map(([before]) => before).filter(Boolean)).toEqual(["a b c", "x", "p q"]);
  expect(sides.map(([, after]) => after).filter(Boolean)).toEqual(["y", "a b c d", "p q r", "z"]);
});
