/** Which bars there are for which states. */
import { expect, it } from "vitest";
import type { TaskState, TaskView } from "../../ipc/generated/protocol";
import { uuidv7 } from "../../lib/uuid";
import { taskView } from "../../testing/task";
import { barsOf, HOUR, type Times } from "./bars";

const NOW = Date.parse("2026-11-15T13:42:00Z");
const NONE: Times = { asked: new Map(), ended: new Map() };
const ago = (minutes: number) => NOW - minutes * 60_000;
const at = (minutes: number) => new Date(ago(minutes)).toISOString();
const attempt = uuidv7(ago(20));

function view(detail: TaskState, planned = 30): TaskView {
  return taskView("t", { title: "Refactor", detail, created_at: at(planned) });
}

/** Each stretch as what was done and from and to how many minutes ago. */
function drawn(task: TaskView, times: Times = NONE): string {
  const minutes = (time: number) => Math.round((NOW - time) / 60_000);
  const [bar] = barsOf([task], times, NOW);
  return (
    bar?.stretches.map((each) => `${each.doing} ${minutes(each.from)}-${minutes(each.to)}`).join(", ") ?? ""
  );
}

it("a running task waited until its attempt began", () => {
  expect(drawn(view({ name: "running", attempt }))).toBe("waiting 30-20, working 20-0");
});

it("a task that asks has worked until it asked", () => {
  const asked = { ...NONE, asked: new Map([["t", at(5)]]) };
  const detail: TaskState = { name: "needs_you", attempt, approval: "a" };
  expect(drawn(view(detail), asked)).toBe("waiting 30-20, working 20-5, needs 5-0");
});

it("a task that has not begun waits, and one that is over ended with its result", () => {
  expect(drawn(view({ name: "queued" }))).toBe("waiting 30-0");
  const ended = { ...NONE, ended: new Map([["t", at(10)]]) };
  expect(drawn(view({ name: "done" }), ended)).toBe("finished 30-10");
  expect(drawn(view({ name: "done" }))).toBe("");
});

it("nothing is drawn of what was before the hour", () => {
  expect(drawn(view({ name: "queued" }, 90))).toBe("waiting 60-0");
  const ended = { ...NONE, ended: new Map([["t", new Date(NOW - HOUR - 1).toISOString()]]) };
  expect(drawn(view({ name: "done" }, 90), ended)).toBe("");
});
