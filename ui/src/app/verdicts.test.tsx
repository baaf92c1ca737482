// @vitest-environment happy-dom
/** What finished work comes to: nothing is called good to land that its reviewer would have changed. */
import { expect, it } from "vitest";
import { LandingBody } from "../features/conversation/cards/LandingBody";
import type { Check, Opinion, Report, TaskResult, Verdict } from "../ipc/generated/protocol";
import { strings } from "../strings/strings";
import { Stage } from "../testing/stage";
import { taskView } from "../testing/task";

const AT = "2026-11-15T13:42:00Z";
const USAGE = { input_tokens: 0, cached_tokens: 0, output_tokens: 0, requests: 0, cost_microdollars: 0 };
const words = strings.landing;

const stage = Stage.forEach();

function show(verdict: Verdict, opinion: Opinion | null): void {
  const detail = { name: "ready", verdict } as const;
  stage.apply({ at: AT, type: "task", ...taskView("a", { detail }) });
  const review = opinion && { by: "codex" as const, opinion, headline: "", findings: [], usage: USAGE };
  const check: Check = {
    name: "test",
    command: "make test",
    outcome: { name: "passed" },
    output: "",
    took_ms: 1,
  };
  const report: Report = {
    headline: "Done",
    summary: "",
    findings: [],
    diffstat: null,
    checks: [check],
    usage: USAGE,
    ...(review ? { review } : {}),
  };
  const result: TaskResult = { task: "a", title: "Task a", state: "ready", report, seq: 1 };
  stage.render(<LandingBody result={result} explanation={null} />);
}

it.each<[Verdict, Opinion | null, string]>([
  ["green", null, words.good],
  ["green", { name: "approves" }, words.good],
  ["green", { name: "unclear" }, words.good],
  ["green", { name: "objects" }, words.objected],
  ["red", { name: "objects" }, words.red],
])("says of %s work with the opinion %j: %s", (verdict, opinion, said) => {
  show(verdict, opinion);
  expect(stage.said()).toContain(said);
  expect([words.good, words.objected, words.red].filter((other) => stage.said().includes(other))).toEqual([
    said,
  ]);
});
