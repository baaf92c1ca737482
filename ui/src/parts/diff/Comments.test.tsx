// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Act, Backend } from "../../ipc/backend";
import { AmpersandProvider } from "../../ipc/context";
import type { Diff, Diffstat, TaskView, Verb } from "../../ipc/generated/protocol";
import { Conversation } from "../../ipc/store";
import { useComments } from "../../lib/comments";
import { strings } from "../../strings/strings";
import { Changes } from "./Changes";

let root: Root;
let box: HTMLElement;
let acts: Act[];

const LINES = ["fn one() {}", "fn two() {}", "fn three() {}"];

const DIFF: Diff = {
  files: [
    {
      path: "src/lib.unknown",
      old_path: null,
      kind: "modified",
      added: 3,
      removed: 0,
      binary: false,
      cut: false,
      hunks: [
        {
          header: "@@ -0,0 +7,3 @@",
          lines: LINES.map((text, at) => ({ kind: "added", old: null, new: 7 + at, text })),
        },
      ],
    },
  ],
  files_left_out: 0,
};

const STAT = {
  files: [{ path: "src/lib.unknown", added: 3, removed: 0 }],
  count: 1,
  added: 3,
  removed: 0,
  executes_later: [],
} as unknown as Diffstat;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  useComments.setState({ kept: {} });
  acts = [];
  box = document.createElement("div");
  document.body.append(box);
  root = createRoot(box);
});

afterEach(() => {
  act(() => root.unmount());
  box.remove();
  vi.unstubAllGlobals();
});

/** The changes of a task, their one file open. */
async function open(id: string, verbs: Verb[]): Promise<void> {
  const backend = {
    query: () => Promise.resolve(DIFF),
    act: (wish: Act) => {
      acts.push(wish);
      return Promise.resolve();
    },
    confirm: () => Promise.resolve(false),
    subscribe: () => Promise.resolve(),
  } as unknown as Backend;
  const conversation = new Conversation();
  vi.spyOn(conversation, "task").mockReturnValue({ id, verbs } as unknown as TaskView);
  const facts = {} as never;
  act(() =>
    root.render(
      <AmpersandProvider value={{ backend, conversation, facts }}>
        <Changes task={id} result={1} diffstat={STAT} />
      </AmpersandProvider>,
    ),
  );
  await press("src/lib.unknown");
}

async function press(words: string): Promise<void> {
  const all = [...box.querySelectorAll("button")];
  const button = all.find((each) => (each.getAttribute("aria-label") ?? each.textContent) === words);
  if (!button) {
    throw new Error(`no button ${words}`);
  }
  await act(async () => button.click());
}

async function write(text: string): Promise<void> {
  const field = box.querySelector("textarea");
  if (!field) {
    throw new Error("nothing to write in");
  }
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await act(async () => {
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  });
}

it("comments wait for each other and are said to the agent at once", async () => {
  await open("t1", ["land", "steer"]);
  await press(strings.diff.comment(8));
  await write("Say two of what");
  await press(strings.diff.comment(7));
  await write("Rename it");
  expect(box.textContent).toContain(strings.diff.comments(2));
  await press(strings.diff.commentsSend);
  const text =
    "src/lib.unknown:7\n> fn one() {}\nRename it\n\nsrc/lib.unknown:8\n> fn two() {}\nSay two of what";
  const command = { verb: "steer", task: "t1", text, by: "person" };
  expect(acts).toEqual([{ kind: "command", command }]);
  expect(box.textContent).not.toContain(strings.diff.commentsSend);
});

it("where nobody would listen there is nothing to comment with", async () => {
  await open("t2", ["undo_landing"]);
  expect(box.textContent).toContain("fn one() {}");
  expect(box.querySelector("[data-comment]")).toBeNull();
});

it("a file is one stop of the tabulator and the arrows go from line to line", async () => {
  await open("t3", ["steer"]);
  const buttons = [...box.querySelectorAll<HTMLButtonElement>("[data-comment]")];
  expect(buttons.map((button) => button.tabIndex)).toEqual([0, -1, -1]);
  buttons[0]?.focus();
  const down = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true });
  act(() => void buttons[0]?.dispatchEvent(down));
  expect(document.activeElement).toBe(buttons[1]);
});
