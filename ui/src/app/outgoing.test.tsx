// @vitest-environment happy-dom
/** Work that goes out: what would be pushed, how a pull request stands, and that words of others there are inert. */
import { expect, it } from "vitest";
import { Entry } from "../features/conversation/Entry";
import type { Message, PullRequest, TaskView, Update } from "../ipc/generated/protocol";
import { strings } from "../strings/strings";
import { Stage } from "../testing/stage";
import { taskView } from "../testing/task";

const AT = "2026-11-15T13:42:00Z";
const words = strings.outgoing;

const stage = Stage.forEach();
const { said, buttons, press } = stage;

function task(id: string, more: Partial<TaskView>): Update {
  const ready = {
    agent: "codex",
    isolation: "sandboxed",
    verbs: ["land", "put_on_branch", "open_pull_request", "steer"],
  } as const;
  const detail = { name: "ready", verdict: "green" } as const;
  return { at: AT, type: "task", ...taskView(id, { ...ready, verbs: [...ready.verbs], detail, ...more }) };
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
  stage.apply(...updates);
  const message: Message = { id: "m", position: 1, at: AT, body };
  stage.apply({ at: AT, type: "message", message });
  stage.render(<Entry id="m" />);
}

function card(of: PullRequest): Message["body"] {
  return { kind: "pull_request", task: "a", title: "Task a", pull_request: of };
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
  expect(stage.asked).toEqual([{ kind: "command", command: { verb: "unwatch", task: "a" } }]);
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

it("says what a merged one has not in it, and offers the ways on", () => {
  const why = {
    code: "pull_request_merged_without",
    message: "It was merged with a1b2c3d; what its task did since is not in it.",
    hint: "Open another one for it.",
  };
  const merged = pull({ stage: { name: "ended", how: { kind: "merged_without", commit: "m", why } } });
  show(card(merged), task("a", { pull_request: merged }));
  expect(said()).toContain("not in it");
  expect(said()).toContain(why.hint);
  press(words.verbs.open_pull_request);
  expect(stage.asked).toHaveLength(1);
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
  expect(stage.asked).toEqual([
    { kind: "command", command: { verb: "answer", approval: "q", answer: "allow_for_task" } },
  ]);
});
