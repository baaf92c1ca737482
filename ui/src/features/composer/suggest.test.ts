import { expect, it } from "vitest";
import type { TaskView } from "../../ipc/generated/protocol";
import { taskView } from "../../testing/task";
import { accept, suggest, taskMentions } from "./suggest";

function task(title: string): TaskView {
  return taskView(title, { title });
}

const TASKS = [task("Fix login"), task("Fix login redirect"), task("Scan the repository")];
const offered = (text: string, caret = text.length, model = true) =>
  suggest(text, caret, TASKS, model).map((each) => each.title);

it("a slash offers commands only as the first sign of a message", () => {
  expect(offered("/")).toEqual(["scan", "find", "run", "help"]);
  expect(offered("/r")).toEqual(["run"]);
  expect(offered("and/or")).toEqual([]);
  expect(offered("/scan it")).toEqual([]);
});

it("an at sign offers tasks, the newest first, and none without a model", () => {
  expect(offered("tell @")).toEqual(["Scan the repository", "Fix login redirect", "Fix login"]);
  expect(offered("tell @fix login r")).toEqual(["Fix login redirect"]);
  expect(offered("me@example")).toEqual([]);
  expect(offered("tell @", 6, false)).toEqual([]);
});

it("what is taken stands in place of what was written", () => {
  const [first] = suggest("tell @sc now", 8, TASKS, true);
  expect(first && accept("tell @sc now", first)).toEqual({
    text: "tell @Scan the repository now",
    caret: 26,
  });
});

it("the longest title that stands there is the one mentioned", () => {
  expect(taskMentions("ask @Fix login redirect and @Fix login, @nobody", TASKS)).toEqual([
    { text: "ask ", mention: false },
    { text: "@Fix login redirect", mention: true },
    { text: " and ", mention: false },
    { text: "@Fix login", mention: true },
    { text: ", @nobody", mention: false },
  ]);
});
