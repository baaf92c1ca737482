// @vitest-environment happy-dom
/** A landing that was refused since both sides changed the same places: what they want, and the ways on while there are any. */
import { expect, it } from "vitest";
import { LandingCard } from "../features/conversation/cards/SmallCards";
import type { Conflict, Message, TaskView, Update } from "../ipc/generated/protocol";
import { strings } from "../strings/strings";
import { Stage } from "../testing/stage";
import { taskView } from "../testing/task";

const AT = "2026-11-15T13:42:00Z";
const words = strings.task.verbs;

const stage = Stage.forEach();
const { said, buttons, press } = stage;

function task(id: string, more: Partial<TaskView>): Update {
  const ready = {
    agent: "codex",
    isolation: "sandboxed",
    verbs: ["resolve", "resolve_by_hand", "keep_branch", "keep_work", "land"],
  } as const;
  const detail = { name: "ready", verdict: "green" } as const;
  return { at: AT, type: "task", ...taskView(id, { ...ready, verbs: [...ready.verbs], detail, ...more }) };
}

function conflict(path: string, more: Partial<Conflict> = {}): Conflict {
  const places = [{ line: 7, branch: ["ours <b>"], task: [] }];
  return { path, branch_has_it: true, task_has_it: true, places, cut: false, ...more };
}

function show(conflicts: Conflict[], ...updates: Update[]): void {
  stage.apply(...updates);
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
  stage.render(<LandingCard message={message} body={message.body} />);
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
  expect(stage.asked.map((verb) => (verb.kind === "command" ? verb.command : null))).toEqual([
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
  stage.apply(task("b", { detail: { name: "failed", failure } }));
  expect(buttons()).toContain(words.resolve);
});

it("what landed with another task says so", () => {
  const by = { task: "b", verdict: "green" as const };
  const landed = task("a", { verbs: [], detail: { name: "landed", commit: "c", by } });
  show([conflict("a")], task("b", {}), landed);
  expect(buttons()).toEqual([]);
  expect(said()).toContain(strings.conflict.resolved("Task b"));
});
