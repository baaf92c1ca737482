import { expect, it } from "vitest";
import type { DiffFile, DiffLine } from "../ipc/generated/protocol";
import { movedLines, placeOf } from "./moved";

const BLOCK = ["fn carried(away: u32) -> u32 {", "    let twice = away * 2;", "    twice + 1", "}"];

/** A file whose lines all are of one kind, numbered from `first`. */
function file(path: string, kind: "added" | "removed", lines: readonly string[], first = 1): DiffFile {
  const of = (text: string, at: number): DiffLine => ({
    kind,
    text,
    old: kind === "removed" ? first + at : null,
    new: kind === "added" ? first + at : null,
  });
  const hunks = [{ header: "@@", lines: lines.map(of) }];
  const counts = { added: 0, removed: 0, binary: false, cut: false };
  return { path, old_path: null, kind: "modified", hunks, ...counts };
}

it("a run that went from one file to another says where on both sides", () => {
  const indented = BLOCK.map((line) => `    ${line}`);
  const moves = movedLines([
    file("a.rs", "removed", BLOCK, 12),
    file("b.rs", "added", ["mod it {", ...indented], 3),
  ]);
  expect(moves.get("a.rs")?.get(placeOf(0, 0))).toEqual({ path: "b.rs", line: 4, first: true });
  expect(moves.get("b.rs")?.get(placeOf(0, 4))).toEqual({ path: "a.rs", line: 15, first: false });
  expect(moves.get("b.rs")?.has(placeOf(0, 0))).toBe(false);
  expect(moves.get("a.rs")?.size).toBe(4);
});

it("what says too little, and what was copied once and deleted never, is no move", () => {
  const braces = ["}", "", "}", "})"];
  expect(movedLines([file("a.rs", "removed", braces), file("b.rs", "added", braces)]).size).toBe(0);
  expect(movedLines([file("a.rs", "added", BLOCK), file("b.rs", "added", BLOCK)]).size).toBe(0);
  const two = BLOCK.slice(0, 2);
  expect(movedLines([file("a.rs", "removed", two), file("b.rs", "added", two)]).size).toBe(0);
});

it("one that went is claimed by one that came", () => {
  const moves = movedLines([
    file("a.rs", "removed", BLOCK),
    file("b.rs", "added", BLOCK),
    file("c.rs", "added", BLOCK),
  ]);
  expect([...moves.keys()].sort()).toEqual(["a.rs", "b.rs"]);
});
