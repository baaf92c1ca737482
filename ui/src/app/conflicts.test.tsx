// @vitest-environment happy-dom
/** A landing that was refused since both sides changed the same places: what they want, and the ways on while there are any. */
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LandingCard } from "../features/conversation/cards/SmallCards";
import type { Act } from "../ipc/backend";
import { AmpersandProvider } from "../ipc/context";
import type { Conflict, Message, TaskView, Update } from "../ipc/generated/protocol";
import { Conversation as Store } from "../ipc/store";
import { ActionsContext } from "../lib/actions";
import { strings } from "../strings/strings";
import { makeActions } from "./actions";

const AT = "2026-11-15T13:42:00Z";
const words = strings.task.verbs;

let root: Root;
let store: Store;
let asked: Act[];

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const box = document.createElement("div");
  document.body.append(box);
  root = createRoot(box);
  store = new Store();
  asked = [];
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function task(id: string, more: Partial<TaskView>): Update {
  const detail = more.detail ?? { name: "ready", verdict: "green" };
  return {
    at: AT,
    type: "task",
    id,
    plan: "p",
    title: `Task ${id}`,
    role: "worker",
    agent: "codex",
    before: null,
    state: detail.name,
    isolation: "sandboxed",
    reason: "",
    from: null,
    after: [],
    clashes: [],
    resolves: null,
    follow_up: null,
    pull_request: null,
    by_hand: false,
    capabilities: [],
    taken: [],
    reaches_a_model: false,
    verbs: ["resolve", "resolve_by_hand", "keep_branch", "keep_work", "land"],
    created_at: AT,
    activity: null,
    ...more,
    detail,
  };
}

function conflict(path: string, more: Partial<Conflict> = {}): Conflict {
  const places = [{ line: 7, branch: ["ours <b>"], task: [] }];
  return { path, branch_has_it: true, task_has_it: true, places, cut: false, ...more };
}

function show(conflicts: Conflict[], ...updates: Update[]): void {
  act(() => store.apply(updates));
  const failure = { code: "landing_conflicts", message: "It conflicts.", hint: "Do this." };
  const body = {
    kind: "landing",
    task: "a",
    title: "Task a",
    outcome: { name: "refused", failure, conflicts },
  };
  const message = { id: "m", position: 1, at: AT, body } as Message & {
    body: Extract<Message["body"], { kind: "landing" }>;
  };
  const ampersand = {
    backend: {
      query: () => new Promise<never>(() => {}),
      act: (verb: Act) => {
        asked.push(verb);
        return Promise.resolve();
      },
      confirm: () => Promise.resolve(false),
      subscribe: () => Promise.resolve(),
    },
    conversation: store,
    facts: { repository: null, model: "m", link: true, settings: "", system: "linux" as const },
  };
  act(() =>
    root.render(
      <AmpersandProvider value={ampersand}>
        <ActionsContext.Provider value={makeActions(ampersand)}>
          <LandingCard message={message} body={message.body} />
        </ActionsContext.Provider>
      </AmpersandProvider>,
    ),
  );
}

const said = () => document.body.textContent ?? "";
const buttons = () => [...document.querySelectorAll("button")].map((button) => button.textContent);

function press(label: string): void {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent === label);
  act(() => button?.click());
}

it("says what both sides want, as text, and what is gone or no text", () => {
  show(
    [
      conflict("src/a.rs"),
      conflict("gone.rs", { branch_has_it: false, places: [] }),
      conflict("logo.png", { places: [] }),
    ],
    task("a", {}),
  );
  expect(said()).toContain(strings.conflict.branch(7));
  expect([...document.querySelectorAll("pre")].map((side) => side.textContent)).toEqual([
    "ours <b>",
    strings.conflict.nothing,
  ]);
  expect(said()).toContain(`gone.rs ${strings.conflict.goneOnBranch}`);
  expect(said()).not.toContain("logo.png");
  press(strings.landing.showFiles(1));
  expect(said()).toContain(`logo.png ${strings.conflict.asAWhole}`);
});

it("each way on is one command", () => {
  show([conflict("a")], task("a", {}));
  const ways = [words.resolve, words.keep_branch, words.keep_work, words.resolve_by_hand, words.landAgain];
  expect(buttons()).toEqual(ways);
  for (const way of ways) {
    press(way);
  }
  expect(asked.map((verb) => (verb.kind === "command" ? verb.command : null))).toEqual([
    { verb: "resolve", task: "a", by_hand: false },
    { verb: "keep_side", task: "a", side: "branch", why: "" },
    { verb: "keep_side", task: "a", side: "task", why: "" },
    { verb: "resolve", task: "a", by_hand: true },
    { verb: "land", task: "a" },
  ]);
});

it("while another task brings both together only landing again is offered", () => {
  show([conflict("a")], task("b", { detail: { name: "queued" } }), task("a", { follow_up: "b" }));
  expect(buttons()).toEqual([words.landAgain]);
  expect(said()).toContain(strings.conflict.resolving("Task b"));
  const failure = { code: "c", message: "m", hint: "h" };
  act(() => store.apply([task("b", { detail: { name: "failed", failure } })]));
  expect(buttons()).toContain(words.resolve);
});

it("what landed with another task says so", () => {
  const by = { task: "b", verdict: "green" as const };
  const landed = task("a", { verbs: [], detail: { name: "landed", commit: "c", by } });
  show([conflict("a")], task("b", {}), landed);
  expect(buttons()).toEqual([]);
  expect(said()).toContain(strings.conflict.resolved("Task b"));
});
