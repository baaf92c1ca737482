/** What a question offers: no answer that reaches further than it says. */
import { expect, it } from "vitest";
import type { Question } from "../../ipc/generated/protocol";
import { pick } from "../../strings/strings";
import { answersTo, isSaidWhole, questionWords } from "./question";

function act(tool: string): Question {
  return { kind: "act", tool, detail: "cargo test", path: null };
}

const labels = (question: Question) => answersTo(question).map(({ label }) => label);

it("an agent's own question is answered by yes or no, and by nothing that lasts", () => {
  expect(answersTo(act("ask"))).toEqual([
    { answer: "allow", label: "Yes", tone: "primary" },
    { answer: "deny", label: "No", tone: "plain" },
  ]);
  expect(questionWords(act("ask"), "Task a")).toBe("Yes or no?");
});

it.each([
  ["execute", "Allow all commands of this task"],
  ["edit", "Allow all edits of this task"],
  ["write", "Allow all writes of this task"],
  ["fetch", "Allow all fetch requests of this task"],
])("what is allowed for a task by %s says how far that goes", (tool, label) => {
  expect(labels(act(tool))).toEqual(["Allow once", label, "Deny"]);
  expect(answersTo(act(tool))[1]?.answer).toBe("allow_for_task");
});

it("says how far in Chinese", () => {
  expect(pick(["zh"]).need.allowAll("execute")).toBe("允许此任务的所有命令");
});

it("only a host is named whole where its card is not", () => {
  const host: Question = { kind: "host", host: "a.test", url: "https://a.test/" };
  expect(labels(host)).toEqual(["Allow once", "Allow for this task", "Deny"]);
  expect([isSaidWhole(host), isSaidWhole(act("execute")), isSaidWhole(act("ask"))]).toEqual([
    true,
    false,
    false,
  ]);
});
