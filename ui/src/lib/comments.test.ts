import { beforeEach, expect, it } from "vitest";
import { type Comment, commentWords, dropComments, keepComment, useComments } from "./comments";

const on = (path: string, line: number, text: string, side: Comment["side"] = "after"): Comment => ({
  path,
  side,
  line,
  code: "  let it = 1;",
  text,
});

beforeEach(() => useComments.setState({ kept: {} }));

it("there is one comment on a line, and an empty one is none", () => {
  keepComment("t", on("a.rs", 3, "Name it"));
  keepComment("t", on("a.rs", 3, "Name it better"));
  keepComment("t", on("a.rs", 3, "Why?", "before"));
  keepComment("u", on("a.rs", 3, "Another task's"));
  const texts = () => useComments.getState().kept.t?.map((comment) => comment.text);
  expect(texts()).toEqual(["Name it better", "Why?"]);
  keepComment("t", on("a.rs", 3, "  ", "before"));
  expect(texts()).toEqual(["Name it better"]);
  dropComments("t");
  expect(Object.keys(useComments.getState().kept)).toEqual(["u"]);
});

it("they are said in the order of the files, with what they are about quoted", () => {
  const words = commentWords([
    on("b.rs", 1, "Second"),
    on("a.rs", 9, "First\nof all"),
    on("b.rs", 2, "Gone?", "before"),
  ]);
  expect(words).toBe(
    "a.rs:9\n> let it = 1;\nFirst\nof all\n\nb.rs:1\n> let it = 1;\nSecond\n\nb.rs:2 (removed)\n> let it = 1;\nGone?",
  );
});
