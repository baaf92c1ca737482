import { expect, it } from "vitest";
import type { Activity, TaskState, TaskView } from "../../ipc/generated/protocol";
import { taskView } from "../../testing/task";
import { agentOf, clashesOf, quotaOf, rowWords } from "./words";

const ATTEMPT = "019a84f2-1c00-7000-8000-000000000001";

function view(detail: TaskState): TaskView {
  return taskView("t", { title: "Refactor", detail, isolation: "sandboxed" });
}

const activity: Activity = { line: "Reading a.rs", steps_done: 2, steps: 5, files: 6, tokens: 51_000 };
const failure = { code: "c", message: "the model's limit is reached.", hint: "h" };

/** State, glyph, second line, right side. */
const CASES: [TaskState, string, string | null, string | null][] = [
  [{ name: "waiting", on: ["scan"] }, "after", null, "after SCAN"],
  [{ name: "queued" }, "lease", null, "Waiting for a free slot"],
  [{ name: "running", attempt: ATTEMPT }, "running", "Reading a.rs", null],
  [{ name: "needs_you", attempt: ATTEMPT, approval: "a" }, "need", "Waits for your answer", null],
  [{ name: "checking", attempt: ATTEMPT }, "running", "Reading a.rs", null],
  [
    {
      name: "paused",
      why: { cause: "asked" },
      held: { kind: "frozen", attempt: ATTEMPT, doing: { kind: "working" }, processes: 9 },
    },
    "paused",
    "Paused · 9 processes frozen",
    null,
  ],
  [
    { name: "paused", why: { cause: "limit", failure, next_try_at: null }, held: { kind: "worktree" } },
    "paused",
    "The model's limit is reached",
    null,
  ],
  [
    {
      name: "paused",
      why: { cause: "reached", limit: { which: "memory", most: 4 * 2 ** 30 } },
      held: { kind: "frozen", attempt: ATTEMPT, doing: { kind: "working" }, processes: 9 },
    },
    "paused",
    "Paused at its memory limit of 4 GiB · resume gives as much again",
    null,
  ],
  [
    {
      name: "paused",
      why: { cause: "reached", limit: { which: "time", most: 5400 } },
      held: { kind: "worktree" },
    },
    "paused",
    "Paused at its time limit of 90 min · resume gives as much again",
    null,
  ],
  [
    {
      name: "stopping",
      was: { kind: "not_started", on: [] },
      processes: 5,
      kills_at: "2026-11-15T13:42:05Z",
    },
    "stopping",
    "Frozen · 2 of 5 steps and 6 changed files are kept",
    "5 processes",
  ],
  [{ name: "interrupted", reason: "the power went." }, "paused", "Interrupted · The power went", null],
  [{ name: "ready", verdict: "green" }, "ready", null, "Ready to land"],
  [{ name: "ready", verdict: "red" }, "bad", null, "Checks failed"],
  [{ name: "landing", verdict: "green" }, "running", null, "Landing"],
  [
    { name: "merging", attempt: "a", verdict: "green" },
    "running",
    "Checking it together with the branch, which has moved since",
    "Landing",
  ],
  [{ name: "done" }, "done", null, "Done"],
  [{ name: "landed", commit: "9c1d77e0aa31" }, "done", null, "Landed as 9c1d77e"],
  [
    { name: "landed", commit: "9c1d77e0aa31", by: { task: "fix", verdict: "green" } },
    "done",
    null,
    "Landed with FIX",
  ],
  [
    {
      name: "undoing",
      commit: "9c1d77e0aa31",
      back: { branch: "main", from: "3f2a91c0d4e5", verdict: "green", at: "2026-11-30T02:00:00Z" },
    },
    "running",
    null,
    "Undoing its landing",
  ],
  [{ name: "failed", failure }, "bad", "The model's limit is reached", "Failed"],
  [
    { name: "cancelled", processes: 14, files_kept: 2 },
    "cancelled",
    null,
    "Cancelled, 14 processes gone, 2 changed files kept",
  ],
  [{ name: "cancelled", processes: 1, files_kept: 0 }, "cancelled", null, "Cancelled, 1 process gone"],
  [{ name: "skipped", dependency: "scan" }, "cancelled", "Not started, because SCAN did not end well", null],
  [{ name: "discarded" }, "cancelled", null, "Put aside; its ref is kept"],
];

for (const [state, glyph, line, side] of CASES) {
  it(`${state.name}: ${line ?? side}`, () => {
    const found = rowWords(view(state), activity, (id) => id.toUpperCase());
    expect([found.glyph, found.line, found.side]).toEqual([glyph, line, side]);
  });
}

it("an attempt's own id says since when it runs", () => {
  const found = rowWords(view({ name: "running", attempt: ATTEMPT }), activity, (id) => id);
  expect(found.since).toBe(0x019a84f21c00);
  const other = rowWords(view({ name: "running", attempt: "no-uuid" }), undefined, (id) => id);
  expect(other.since).toBe(Date.parse("2026-11-15T13:00:00Z"));
});

it("what an agent says begins like a sentence, and what a command writes is left alone", () => {
  const running: TaskState = { name: "running", attempt: ATTEMPT };
  const said = { ...activity, line: "reading a.rs" };
  const line = (agent: string) => rowWords({ ...view(running), agent }, said, (id) => id).line;
  expect([line("built-in"), line("command")]).toEqual(["Reading a.rs", "reading a.rs"]);
});

const STOPPING: TaskState = {
  name: "stopping",
  was: { kind: "not_started", on: [] },
  processes: 1,
  kills_at: "2026-11-15T13:42:05Z",
};

it.each([
  [0, 0, "Frozen"],
  [0, 1, "Frozen · 1 changed file is kept"],
  [0, 2, "Frozen · 2 changed files are kept"],
  [1, 0, "Frozen · 1 of 1 step is kept"],
  [1, 1, "Frozen · 1 of 1 step and 1 changed file are kept"],
])("%i steps and %i files are kept in words", (steps, files, line) => {
  const kept = { ...activity, steps, steps_done: steps, files };
  const found = rowWords(view(STOPPING), kept, (id) => id);
  expect([found.line, found.side]).toEqual([line, "1 process"]);
});

it("an agent that took over says from whom", () => {
  const task = { ...view({ name: "queued" }), agent: "claude" };
  expect(agentOf(task)).toBe("claude");
  expect(agentOf({ ...task, before: "codex" })).toBe("claude, after codex");
});

it("what work collides with is said with where", () => {
  const found = (clashes: TaskView["clashes"]) =>
    clashesOf({ ...view({ name: "running", attempt: ATTEMPT }), clashes }, (id) => id.toUpperCase());
  expect(found([])).toBeNull();
  const paths = ["src/auth.rs"];
  expect(found([{ with: { kind: "task", task: "fix", title: "Fix login" }, paths, more: 0 }])).toBe(
    "Collides with Fix login in src/auth.rs",
  );
  const many = { with: { kind: "branch" as const, branch: "main" }, paths: ["a", "b"], more: 3 };
  const mine = { with: { kind: "uncommitted" as const }, paths, more: 0 };
  expect(found([many, mine])).toBe(
    "Collides with main in a, b and 3 more · Collides with what is not committed in src/auth.rs",
  );
});

it("says what is left of an account where least is, until it begins anew", () => {
  const at = Date.parse("2026-11-15T13:00:00");
  const hour = 3_600_000;
  const resets = (hours: number) => new Date(at + hours * hour).toISOString();
  const quota = [
    { used_percent: 62, minutes: 300, resets_at: resets(2) },
    { used_percent: 20, minutes: 10_080, resets_at: null },
  ];
  const task = view({ name: "running", attempt: ATTEMPT });
  const said = (later: number) => quotaOf(task, { ...activity, quota }, at + later * hour);
  expect(said(0)?.line).toBe("38 % left until 15:00");
  expect(said(0)?.all).toMatch(/^Account of built-in: 5 hours: 38 % left until .*, 7 days: 80 % left$/);
  expect(said(2)?.line).toBe("80 % left");
  expect(quotaOf(task, activity, at)).toBeNull();
  const farther = [{ used_percent: 99, minutes: null, resets_at: resets(48) }];
  expect(quotaOf(task, { ...activity, quota: farther }, at)?.line).toBe("1 % left until Tue 13:00");
});
