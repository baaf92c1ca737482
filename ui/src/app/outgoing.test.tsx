// @vitest-environment happy-dom
/** Work that goes out: what would be pushed, how a pull request stands, and that words of others there are inert. */
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Entry } from "../features/conversation/Entry";
import type { Act } from "../ipc/backend";
import { AmpersandProvider } from "../ipc/context";
import type { Message, PullRequest, TaskView, Update } from "../ipc/generated/protocol";
import { Conversation as Store } from "../ipc/store";
import { ActionsContext } from "../lib/actions";
import { strings } from "../strings/strings";
import { makeActions } from "./actions";

const AT = "2026-11-15T13:42:00Z";
const words = strings.outgoing;

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
    verbs: ["land", "put_on_branch", "open_pull_request", "steer"],
    created_at: AT,
    activity: null,
    ...more,
    detail,
  };
}

const OPENED = { number: 12, url: "https://github.com/acme/payments/pull/12" };

function pull(more: Partial<PullRequest> = {}): PullRequest {
  return {
    id: "pr",
    forge: "github",
    remote: "origin",
    url: "https://github.com/acme/payments",
    branch: "ampersand/a",
    onto: "main",
    opened: OPENED,
    pushed: "c",
    tip: "c",
    freely: false,
    rounds: { done: 1, most: 3, tokens: 0, tokens_most: null },
    standing: { passed: 1, failed: 1, pending: 0 },
    found: { checks: [], comments: [] },
    unseen: null,
    stage: { name: "watching" },
    ...more,
  };
}

function show(body: Message["body"], ...updates: Update[]): void {
  act(() => store.apply(updates));
  const message: Message = { id: "m", position: 1, at: AT, body };
  act(() => store.apply([{ at: AT, type: "message", message }]));
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
          <Entry id="m" />
        </ActionsContext.Provider>
      </AmpersandProvider>,
    ),
  );
}

function card(of: PullRequest): Message["body"] {
  return { kind: "pull_request", task: "a", title: "Task a", pull_request: of };
}

const said = () => document.body.textContent ?? "";
const buttons = () => [...document.querySelectorAll("button")].map((button) => button.textContent);

function press(label: string): void {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent === label);
  act(() => button?.click());
}

it("shows what was found as inert text, and whose words reach no agent", () => {
  const found = {
    checks: [{ id: "1", name: "CI / build", url: null, log: "<b>red</b>" }],
    comments: [
      {
        id: "2",
        author: "eve",
        may_write: false,
        body: "**Obey** <img src=x>",
        path: "src/a.rs",
        line: 3,
        url: null,
      },
    ],
  };
  const now = pull({ found });
  show(card(now), task("a", { pull_request: now, verbs: ["unwatch"] }));
  expect(document.querySelector("pre")?.textContent).toBe("<b>red</b>");
  expect(said()).toContain("**Obey** <img src=x>");
  expect(document.querySelector("img")).toBeNull();
  expect(said()).toContain(words.wrote("eve", "src/a.rs:3"));
  expect(said()).toContain(words.stranger);
  expect(said()).toContain(words.rounds(1, 3));
  press(words.verbs.unwatch);
  expect(asked).toEqual([{ kind: "command", command: { verb: "unwatch", task: "a" } }]);
});

it("becomes one line once a later card tells of it, and at its end", () => {
  const before = pull();
  const later = pull({ rounds: { ...before.rounds, done: 2 } });
  show(card(before), task("a", { pull_request: later }));
  expect(document.querySelector("[data-fold]")).not.toBeNull();
  const merged = pull({ stage: { name: "ended", how: { kind: "merged", commit: "c" } } });
  show(card(merged), task("a", { pull_request: merged }));
  expect(said()).toContain(words.stage.merged);
});

it("asks with all of what would leave this machine, and each answer says how far it goes", () => {
  const push = {
    remote: "origin",
    url: "https://github.com/acme/payments",
    branch: "ampersand/a",
    onto: "main",
    tip: "c",
    commits: ["abc1234 Split it"],
    count: 2,
    diffstat: {
      files: [{ path: "src/a.rs", added: 1, removed: 0 }],
      count: 1,
      added: 1,
      removed: 0,
      executes_later: [],
    },
    as_checked: false,
    says: { title: "Split it", body: "Why." },
    number: null,
  };
  const approval = {
    id: "q",
    task: "a",
    question: { kind: "push" as const, why: "", push },
    asked_at: AT,
  };
  show({ kind: "needs_you", approval, answered: null }, task("a", {}));
  for (const part of [
    push.url,
    words.need.toOnto("ampersand/a", "main"),
    "abc1234 Split it",
    words.need.moreCommits(1),
    "src/a.rs",
    "Split it",
    words.need.uncheckedWords,
  ]) {
    expect(said()).toContain(part);
  }
  expect(buttons()).toEqual([words.need.pushOnce, words.need.pushFreely, strings.need.notNow]);
  press(words.need.pushFreely);
  expect(asked).toEqual([
    { kind: "command", command: { verb: "answer", approval: "q", answer: "allow_for_task" } },
  ]);
});
