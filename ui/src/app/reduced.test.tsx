// @vitest-environment happy-dom
/** Reduced isolation: once it is the page's to allow, for good it is asked outside of it. */
import { expect, it } from "vitest";
import { Entry } from "../features/conversation/Entry";
import type { Message } from "../ipc/generated/protocol";
import { strings } from "../strings/strings";
import { Stage } from "../testing/stage";
import { taskView } from "../testing/task";

const AT = "2026-11-15T13:42:00Z";
const stage = Stage.forEach();

it("asks outside the page before a whole repository runs in it", () => {
  const approval = {
    id: "q",
    task: "a",
    question: { kind: "reduced" as const, why: "no namespaces", gaps: [] },
    asked_at: AT,
  };
  const body = { kind: "needs_you" as const, approval, answered: null };
  const message: Message = { id: "m", position: 1, at: AT, body };
  stage.apply(
    { at: AT, type: "task", ...taskView("a", {}) },
    { at: AT, type: "approval", id: "q", title: "Task a", approval, answered: null },
    { at: AT, type: "message", message },
  );
  stage.render(<Entry id="m" />);
  stage.press(strings.need.allowForProject);
  expect(stage.confirmed).toEqual([{ kind: "accept_reduced", approval: "q" }]);
  expect(stage.asked).toEqual([]);
  stage.press(strings.need.allow);
  expect(stage.asked).toEqual([
    { kind: "command", command: { verb: "answer", approval: "q", answer: "allow" } },
  ]);
});
