// Writes fixtures/*.jsonl: the journals that the window replays in a plain browser. Run again after editing.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OUT = join(dirname(fileURLToPath(import.meta.url)), "..", "fixtures");
const NOW = Date.parse("2026-11-15T13:42:00Z");
const MINUTE = 60_000;

let minted = 0;
/** A UUID of version 7 made so many milliseconds ago. */
function id(ago = 0) {
  minted += 1;
  const time = (NOW - ago).toString(16).padStart(12, "0");
  const rest = minted.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`;
}

const iso = (ago = 0) => new Date(NOW - ago).toISOString();

const REPOSITORY = {
  root: "/home/someone/payments-api",
  name: "payments-api",
  branch: "main",
  commit: "3f2a91c0d4e5b6a7",
  uncommitted: 3,
  checks: ["test", "lint", "format"],
  trusted: true,
};

const READ = [{ name: "read" }, { name: "search" }, { name: "web_search" }];
const WRITE = [
  { name: "read" },
  { name: "search" },
  { name: "write" },
  { name: "execute" },
  { name: "web_search" },
];

const LIVELY = {
  steers: "mid_turn",
  usage: true,
  cost: false,
  resumes: true,
  rewinds: false,
  cancel_kills: true,
  subagents: false,
  approvals: true,
};

function agent(name, facts, more) {
  return {
    name,
    version: null,
    logged_in: false,
    login: "nothing",
    missing: null,
    quota: [],
    keep_percent: 0,
    facts: { ...LIVELY, ...facts },
    ...more,
  };
}

/** Agents of others as a machine has them: one whole, one without what it is spoken to by, one without a model, one not here. */
const AGENTS = [
  agent(
    "codex",
    { rewinds: true },
    {
      version: "codex-cli 0.169.0",
      logged_in: true,
      login: "used",
      quota: [
        { used_percent: 62, minutes: 300, resets_at: "2026-11-15T16:10:00Z" },
        { used_percent: 21, minutes: 10_080, resets_at: "2026-11-19T07:00:00Z" },
      ],
      keep_percent: 20,
    },
  ),
  agent(
    "claude",
    { cost: true, subagents: true },
    {
      logged_in: true,
      login: "offered",
      missing: {
        code: "agent_no_adapter",
        message: "Claude Code is installed, and what it is spoken to by is not.",
        hint: "Install it with Node 22 or newer: npm install --global @agentclientprotocol/claude-agent-acp.",
      },
    },
  ),
  agent(
    "gemini",
    { steers: "after_turn", resumes: false },
    {
      missing: {
        code: "agent_not_installed",
        message: "gemini is not installed.",
        hint: "Install it (npm install --global @google/gemini-cli), or set its command under [agents.gemini] in the settings.",
      },
    },
  ),
  agent(
    "opencode",
    { steers: "after_turn" },
    {
      version: "1.4.2",
      missing: {
        code: "agent_no_model",
        message: "opencode has no model set.",
        hint: "Set base_url, model and api_key_env under [agents.opencode.model] in the settings.",
      },
    },
  ),
];

const VERBS = {
  waiting: ["steer", "pause", "cancel"],
  queued: ["steer", "pause", "cancel"],
  running: ["steer", "pause", "cancel"],
  needs_you: ["steer", "pause", "cancel"],
  checking: ["pause", "cancel"],
  paused: ["steer", "resume", "cancel"],
  interrupted: ["steer", "resume", "cancel"],
  stopping: ["undo", "cancel"],
  ready: ["land", "restart", "discard"],
  failed: ["restart", "discard"],
  cancelled: ["restart", "discard"],
  skipped: ["restart"],
};

class Journal {
  constructor(facts = {}, draft, agents) {
    minted = 0;
    this.lines = [
      {
        now: iso(),
        facts: { repository: REPOSITORY, model: "some-model", ...facts },
        ...(draft ? { draft } : {}),
        ...(agents ? { agents } : {}),
      },
    ];
    this.position = 0;
    this.counts = {};
  }

  update(body, wait = 0, ago = 0) {
    this.lines.push({ wait, update: { at: iso(ago), ...body } });
  }

  answer(kind, task, value) {
    this.lines.push({ answer: kind, task, value });
  }

  message(body, { ago = 0, wait = 0 } = {}) {
    this.position += 1;
    const message = { id: id(ago), position: this.position, at: iso(ago), body };
    this.update({ type: "message", message }, wait, ago);
    return message.id;
  }

  said(text, options, understood = null) {
    return this.message({ kind: "said", text, understood }, options);
  }

  reply(to, text, options) {
    return this.message({ kind: "reply", text, to, state: { name: "done" }, left_out: null }, options);
  }

  plan(tasks, reason, options) {
    const plan = id(options?.ago);
    const views = tasks.map((task) => ({ ...task, plan }));
    this.update({ type: "plan", plan, reason, tasks: views }, 0, options?.ago);
    const message = this.message(
      { kind: "plan", plan, reason, tasks: views.map((task) => task.id) },
      options,
    );
    return { plan, message };
  }

  counted(counts) {
    this.update({
      type: "counts",
      running: 0,
      waiting: 0,
      paused: 0,
      stopping: 0,
      needs_you: 0,
      ready: 0,
      ...counts,
    });
  }

  write(name) {
    mkdirSync(OUT, { recursive: true });
    writeFileSync(
      join(OUT, `${name}.jsonl`),
      `${this.lines.map((line) => JSON.stringify(line)).join("\n")}\n`,
    );
  }
}

function task(title, role, detail, more = {}) {
  const { ago = 3 * MINUTE, activity = null, ...rest } = more;
  return {
    id: id(ago),
    plan: "",
    title,
    role,
    agent: "built-in",
    state: detail.name,
    detail,
    isolation: "sandboxed",
    reads_login: false,
    not_loaded: [],
    reason: "",
    from: "main@3f2a + 3 uncommitted",
    after: [],
    clashes: [],
    capabilities: role === "explorer" ? READ : WRITE,
    taken: [],
    reaches_a_model: false,
    verbs: VERBS[detail.name] ?? [],
    created_at: iso(ago),
    activity,
    ...rest,
  };
}

const running = (ago) => ({ name: "running", attempt: id(ago) });
const activity = (line, steps_done, steps, files, tokens) => ({ line, steps_done, steps, files, tokens });

function report(headline, more = {}) {
  return {
    headline,
    summary: "",
    findings: [],
    diffstat: null,
    checks: [],
    usage: {
      input_tokens: 30_100,
      cached_tokens: 22_000,
      output_tokens: 4_200,
      requests: 14,
      cost_microdollars: 445_691,
    },
    ...more,
  };
}

const FINDINGS = [
  {
    severity: "high",
    text: "Session token compared with `==`, so its timing leaks",
    path: "auth/session.rs",
    line: 41,
  },
  { severity: "medium", text: "JWT accepted without checking `aud`", path: "auth/jwt.rs", line: 88 },
  { severity: "low", text: "Three TODOs older than a year", path: "billing/invoice.rs", line: 12 },
  { severity: "low", text: "`serde_yaml` is no longer maintained", path: "Cargo.toml", line: 31 },
];

const SCAN_REPORT = report("4 findings, 2 in the module you are refactoring", {
  summary:
    "Rust, 48 files, 9,214 lines. No secret was found in the tree or in the last 200 commits.\n\nThe two findings in `src/auth` are about the same thing: **a token is handled as a plain string**. Giving it a type of its own removes both.",
  findings: FINDINGS,
});

// Work under way: what most pictures show.
{
  const journal = new Journal({}, process.env.DRAFT, AGENTS);
  const scan = task(
    "Scan the repository",
    "explorer",
    { name: "done" },
    { reason: "Nothing is known about this repository yet." },
  );
  const research = task("Research recent CVEs", "explorer", running(134_000), {
    reason: "Needs the web and writes nothing.",
    activity: activity("Reading rustsec.org/advisories/RUSTSEC-2026-0041", 4, 7, 0, 38_400),
  });
  const refactor = task("Refactor the auth module", "worker", running(122_000), {
    reason: "Changes files, so it gets a worktree of its own.",
    activity: activity("Running `cargo test auth::` · 61 of 84", 2, 5, 6, 51_200),
  });
  const upgrade = task(
    "Upgrade affected dependencies",
    "worker",
    { name: "waiting", on: [research.id] },
    {
      reason: "Only worth starting once it is known which ones are affected.",
      isolation: null,
      from: null,
      after: [research.id],
    },
  );
  const asked = id(13 * MINUTE);
  const notes = task(
    "Draft the release notes",
    "ask first",
    { name: "needs_you", attempt: id(20 * MINUTE), approval: asked },
    {
      ago: 21 * MINUTE,
      reason: "Reads merged pull requests and writes one file.",
      activity: activity("Collecting merged pull requests", 1, 4, 0, 12_000),
    },
  );
  const first = journal.said("Draft the release notes for 2.4 while I look at something else.", {
    ago: 22 * MINUTE,
  });
  journal.reply(first, "One task. It asks before it reaches the network.", { ago: 21.9 * MINUTE });
  const notesPlan = journal.plan(
    [notes],
    "One file, one author: more than one task would only get in its way.",
    {
      ago: 21 * MINUTE,
    },
  );
  const sentence = journal.said(
    "Scan this repo, also refactor the auth module, and research the latest CVEs.",
    {
      ago: 3 * MINUTE,
    },
  );
  journal.reply(
    sentence,
    "Four tasks. Scan, research and refactor run side by side; upgrades wait for the research.",
    {
      ago: 2.9 * MINUTE,
    },
  );
  const mainPlan = journal.plan(
    [scan, research, refactor, upgrade],
    "Three of these share nothing, so they run side by side. The upgrade needs to know what the research finds.",
    { ago: 2.8 * MINUTE },
  );
  const question = journal.said("What does HS256 mean again?", { ago: 2 * MINUTE });
  journal.reply(question, "HMAC with SHA-256: one shared secret both signs and verifies the token.", {
    ago: 1.9 * MINUTE,
  });
  journal.message(
    {
      kind: "result",
      results: [{ task: scan.id, title: scan.title, state: "done", report: SCAN_REPORT, seq: 41 }],
      explanation: "Both sit in files the refactor is changing now. I passed both on, so it is one change.",
    },
    { ago: 1.2 * MINUTE },
  );
  journal.message(
    {
      kind: "needs_you",
      approval: {
        id: asked,
        task: notes.id,
        question: {
          kind: "host",
          host: "api.github.com",
          url: "https://api.github.com/repos/acme/payments-api/pulls?state=closed",
        },
        asked_at: iso(13 * MINUTE),
      },
      answered: null,
    },
    { ago: 0.4 * MINUTE },
  );
  journal.counted({ running: 2, waiting: 1, needs_you: 1 });
  journal.answer("report", scan.id, { title: scan.title, report: SCAN_REPORT });
  journal.answer(
    "given",
    refactor.id,
    "Refactor the auth module.\n\nGive session tokens and lifetimes types of their own, compare tokens in constant time, and keep the tests passing.\n\nYou work in a checkout of main@3f2a91c, with the 3 files that were changed there and not committed.\n",
  );
  journal.answer(
    "output",
    refactor.id,
    "$ cargo test auth::\n   Compiling payments-api v2.3.1\n    Finished test profile in 11.42s\n     Running tests/session.rs\n\nrunning 84 tests\ntest auth::session::opens ... ok\ntest auth::session::expires ... ok\n",
  );
  // The work goes on while one looks.
  const steps = [
    ["Running `cargo test auth::` · 84 of 84", 3, 5, 6, 52_900],
    ["Editing src/auth/jwt.rs", 3, 5, 7, 55_100],
    ["Running `cargo clippy`", 4, 5, 7, 58_000],
  ];
  for (const [line, done, all, files, tokens] of steps) {
    journal.update(
      { type: "activity", task: refactor.id, ...activity(line, done, all, files, tokens) },
      4000,
    );
  }
  // Both write the change log now, and both cards say so before either is done.
  const collides = (task, { plan }, other, wait) => {
    const clash = {
      with: { kind: "task", task: other.id, title: other.title },
      paths: ["CHANGELOG.md"],
      more: 0,
    };
    journal.update({ type: "task", ...task, plan, activity: null, clashes: [clash] }, wait);
  };
  collides(refactor, mainPlan, notes, 4000);
  collides(notes, notesPlan, refactor, 0);
  journal.write("working");
}

const hunk = (text) => {
  const [header, ...rows] = text.trim().split("\n");
  let [, old, fresh] = /-(\d+)[^+]*\+(\d+)/.exec(header).map(Number);
  const lines = rows.map((row) => {
    const kind = { "-": "removed", "+": "added", " ": "context" }[row[0]] ?? "context";
    const line = {
      kind,
      old: kind === "added" ? null : old,
      new: kind === "removed" ? null : fresh,
      text: row.slice(1),
    };
    old += kind === "added" ? 0 : 1;
    fresh += kind === "removed" ? 0 : 1;
    return line;
  });
  return { header, lines };
};

const SESSION = [
  hunk(`@@ -36,7 +36,8 @@
 impl Session {
     /// Whether \`token\` is the one this session was opened with.
-    pub fn matches(&self, token: &String) -> bool {
-        self.token == *token
+    pub fn matches(&self, token: &Token) -> bool {
+        // Constant time: a plain comparison tells an attacker how much was right.
+        self.token.as_bytes().ct_eq(token.as_bytes()).into()
     }
 
-    pub fn open(user: UserId, ttl: u64) -> Self {
+    pub fn open(user: UserId, lifetime: Lifetime) -> Self {`),
  hunk(`@@ -77,4 +79,4 @@
     fn expires_at(&self) -> Timestamp {
-        self.opened_at + Duration::from_secs(self.ttl)
+        self.opened_at + self.lifetime.as_duration()
     }
 }`),
];

// A diff to look at and land.
{
  const journal = new Journal();
  const files = [
    { path: "src/auth/session.rs", added: 42, removed: 19 },
    { path: "src/auth/jwt.rs", added: 21, removed: 12 },
    { path: "tests/session.rs", added: 18, removed: 0 },
    { path: "src/billing/charge.rs", added: 2, removed: 4 },
    { path: "src/billing/invoice.rs", added: 1, removed: 2 },
  ];
  const checks = [
    { name: "test", command: "cargo test", outcome: { name: "passed" }, took_ms: 41_200, output: "" },
    { name: "lint", command: "cargo clippy", outcome: { name: "passed" }, took_ms: 18_000, output: "" },
    { name: "format", command: "cargo fmt --check", outcome: { name: "passed" }, took_ms: 400, output: "" },
  ];
  const scan = task("Scan the repository", "explorer", { name: "done" }, { ago: 20 * MINUTE });
  const research = task("Research recent CVEs", "explorer", { name: "done" }, { ago: 20 * MINUTE });
  const upgrade = task(
    "Upgrade affected dependencies",
    "worker",
    { name: "landed", commit: "81be02d7c4" },
    { ago: 20 * MINUTE },
  );
  const refactor = task(
    "Refactor the auth module",
    "worker",
    { name: "ready", verdict: "green" },
    { ago: 20 * MINUTE },
  );
  const limit = task(
    "Add rate limit to sign-in",
    "worker",
    { name: "ready", verdict: "red" },
    {
      ago: 9 * MINUTE,
      verbs: ["restart", "discard"],
    },
  );
  const fix = task("Fix login redirect", "worker", running(54 * MINUTE), {
    ago: 55 * MINUTE,
    activity: activity("Running `cargo test auth::` · 61 of 84", 8, 9, 4, 212_000),
  });
  journal.plan([fix], "One bug, one task.", { ago: 55 * MINUTE });
  journal.plan([scan, research, refactor, upgrade], "Three of these share nothing.", { ago: 20 * MINUTE });
  const good = report("Tokens and lifetimes are their own types, compared in constant time", {
    summary:
      "`open` takes a `Lifetime` now; both callers in `billing` moved with it.\n\nThe old signature is gone; nothing outside the crate used it.",
    diffstat: { files, count: 5, added: 84, removed: 37, executes_later: [] },
    checks,
  });
  const red = report("Sign-in allows five tries a minute, but one test fails", {
    summary: "The limit is kept in memory and forgotten on restart.",
    diffstat: {
      files: [
        { path: "src/auth/limit.rs", added: 58, removed: 0 },
        { path: "build.rs", added: 3, removed: 4 },
      ],
      count: 2,
      added: 61,
      removed: 4,
      executes_later: ["build.rs"],
    },
    checks: [
      {
        name: "test",
        command: "cargo test",
        outcome: { name: "failed", status: 101 },
        took_ms: 39_700,
        output:
          "running 3 tests\ntest limit::sixth_is_refused ... FAILED\n\nassertion `left == right` failed\n  left: 200\n right: 429\n",
      },
      { name: "lint", command: "cargo clippy", outcome: { name: "passed" }, took_ms: 17_000, output: "" },
    ],
  });
  journal.message(
    {
      kind: "result",
      results: [{ task: limit.id, title: limit.title, state: "ready", report: red, seq: 60 }],
      explanation: null,
    },
    { ago: 6 * MINUTE },
  );
  journal.update({ type: "task", ...limit, plan: id(9 * MINUTE) });
  journal.message(
    {
      kind: "result",
      results: [{ task: refactor.id, title: refactor.title, state: "ready", report: good, seq: 66 }],
      explanation: null,
    },
    { ago: 1.1 * MINUTE },
  );
  journal.counted({ running: 1, ready: 2 });
  journal.answer("diff", refactor.id, {
    files: [
      {
        path: files[0].path,
        old_path: null,
        kind: "modified",
        added: 42,
        removed: 19,
        binary: false,
        cut: false,
        hunks: SESSION,
      },
      {
        path: files[1].path,
        old_path: null,
        kind: "modified",
        added: 21,
        removed: 12,
        binary: false,
        cut: true,
        hunks: [
          hunk(`@@ -84,5 +84,6 @@
     let mut validation = Validation::new(Algorithm::RS256);
-    validation.validate_aud = false;
+    validation.set_audience(&[audience]);
+    validation.set_required_spec_claims(&["exp", "aud"]);
     decode::<Claims>(token, key, &validation)`),
        ],
      },
      {
        path: files[2].path,
        old_path: null,
        kind: "added",
        added: 18,
        removed: 0,
        binary: false,
        cut: false,
        hunks: [],
      },
    ],
    files_left_out: 2,
  });
  journal.answer("given", refactor.id, "Refactor the auth module.\n\nKeep the public API.\n");
  journal.write("landing");
}

// Every state that is not the usual one.
{
  const journal = new Journal({ repository: { ...REPOSITORY, trusted: false } });
  const loader = task(
    "Type the config loader",
    "worker",
    { name: "cancelled", processes: 14, files_kept: 2 },
    { ago: 40 * MINUTE },
  );
  const research = task(
    "Research recent CVEs",
    "explorer",
    {
      name: "paused",
      why: {
        cause: "limit",
        failure: {
          code: "model_rate_limited",
          message: "The model's limit is reached.",
          hint: "It tries again by itself.",
        },
        next_try_at: "2026-11-15T16:00:00Z",
      },
      held: { kind: "worktree" },
    },
    { ago: 40 * MINUTE, activity: activity("", 4, 7, 0, 38_000) },
  );
  const upgrade = task(
    "Upgrade affected dependencies",
    "worker",
    {
      name: "failed",
      failure: {
        code: "command_failed",
        message: "`pnpm install --frozen-lockfile` ended with 127. Nothing was changed.",
        hint: "Install pnpm, then start the task again.",
      },
    },
    { ago: 30 * MINUTE, isolation: "partly sandboxed: no memory limit" },
  );
  const skipped = task(
    "Write the changelog",
    "worker",
    { name: "skipped", dependency: upgrade.id },
    {
      ago: 30 * MINUTE,
      isolation: null,
      from: null,
    },
  );
  const stop = (processes) => ({
    name: "stopping",
    was: { kind: "not_started", on: [] },
    processes,
    kills_at: iso(-5000),
  });
  const fix = task("Fix login redirect", "worker", stop(9), {
    ago: 54 * MINUTE,
    activity: activity("", 8, 9, 4, 212_000),
  });
  const refactor = task("Refactor the auth module", "worker", stop(5), {
    ago: 12 * MINUTE,
    activity: activity("", 2, 5, 6, 51_000),
  });
  const partly = task("Measure the cold start", "worker", running(31_000), {
    ago: MINUTE,
    isolation: "partly sandboxed: no memory limit",
    activity: activity("Running `hyperfine ./target/release/payments`", 1, 3, 0, 2_000),
  });
  const queued = task(
    "Rename the crate",
    "worker",
    { name: "queued" },
    { ago: MINUTE, isolation: null, from: null },
  );
  const lost = task(
    "Sort the imports",
    "worker",
    { name: "interrupted", reason: "The background process ended while it ran." },
    { ago: 50 * MINUTE },
  );
  journal.plan([partly, queued, lost, upgrade, skipped], "Five small things that do not touch each other.", {
    ago: 30 * MINUTE,
  });
  for (const each of [loader, research, fix, refactor]) {
    journal.update({ type: "task", ...each, plan: id(40 * MINUTE) });
  }
  journal.message(
    {
      kind: "landing",
      task: loader.id,
      title: "Split the billing module",
      outcome: { name: "landed", branch: "main", from: "77ab10c2de", to: "3f2a91c0d4" },
    },
    { ago: 26 * MINUTE },
  );
  journal.message(
    {
      kind: "landing",
      task: refactor.id,
      title: "Bump the edition",
      outcome: {
        name: "refused",
        failure: {
          code: "land_dirty",
          message: "Cargo.toml has changes in your checkout that landing would overwrite.",
          hint: "Commit or stash them, then land again.",
        },
      },
    },
    { ago: 25 * MINUTE },
  );
  journal.message(
    { kind: "override", verb: "cancel", tasks: [loader.id], frozen_in_ms: 44, outcome: { name: "stands" } },
    { ago: 20 * MINUTE },
  );
  journal.message(
    { kind: "override", verb: "pause", tasks: [research.id], frozen_in_ms: 12, outcome: { name: "stands" } },
    { ago: 18 * MINUTE },
  );
  journal.message(
    {
      kind: "result",
      results: [
        {
          task: upgrade.id,
          title: upgrade.title,
          state: "failed",
          report: report("The setup command needs pnpm, which is not installed"),
          seq: 70,
        },
      ],
      explanation: null,
    },
    { ago: 10 * MINUTE },
  );
  const both = journal.said("pause the tests", { ago: 4 * MINUTE });
  journal.message(
    {
      kind: "choice",
      question: "Which of these shall be paused?",
      options: [
        { label: "Fix login redirect", says: "pause Fix login redirect" },
        { label: "Refactor the auth module", says: "pause Refactor the auth module" },
        { label: "Both", says: "pause both" },
      ],
      chosen: null,
    },
    { ago: 4 * MINUTE },
  );
  journal.message(
    {
      kind: "notice",
      failure: {
        code: "checks_untrusted",
        message: "This repository's checks have changed and are not trusted.",
        hint: "Trust them once and they run inside each task's sandbox.",
      },
    },
    { ago: 3 * MINUTE },
  );
  const broken = journal.said("and what about the second one?", { ago: 2 * MINUTE });
  journal.message(
    {
      kind: "reply",
      text: "The second one is",
      to: broken,
      state: {
        name: "broken",
        failure: {
          code: "model_cut",
          message: "The model's stream broke off mid-word.",
          hint: "Send it again; the endpoint answers.",
        },
      },
      left_out: null,
    },
    { ago: 2 * MINUTE },
  );
  const old = journal.said("no, I meant the first", { ago: 1.5 * MINUTE });
  journal.message(
    {
      kind: "reply",
      text: "An answer nobody needs any more.",
      to: both,
      state: { name: "superseded" },
      left_out: null,
    },
    { ago: 1.5 * MINUTE },
  );
  journal.reply(old, "The first one only reads.", { ago: 1.4 * MINUTE });
  journal.said("Cancel all background work", { ago: 300 }, "cancel 2 tasks");
  journal.message(
    {
      kind: "override",
      verb: "cancel",
      tasks: [fix.id, refactor.id],
      frozen_in_ms: 60,
      outcome: { name: "stands" },
    },
    { ago: 240 },
  );
  journal.counted({ stopping: 2, paused: 1, running: 1, waiting: 1 });
  journal.answer("output", upgrade.id, "$ pnpm install --frozen-lockfile\nsh: pnpm: not found\n");
  journal.write("states");
}

// Nothing configured.
{
  const journal = new Journal({ model: null, repository: { ...REPOSITORY, uncommitted: 0 } }, undefined, [
    agent(
      "codex",
      {},
      {
        version: "codex-cli 0.169.0",
        logged_in: true,
        login: "offered",
        missing: {
          code: "agent_login_found",
          message: "The login of codex was found and is not connected.",
          hint: "Connect it: ampersand-cli connect codex.",
        },
      },
    ),
    ...AGENTS.slice(1, 3),
  ]);
  const text = "why is the login slow?";
  journal.said(text, { ago: MINUTE });
  journal.message({ kind: "kept", text, closest: 'find "login"' }, { ago: MINUTE });
  journal.counted({});
  journal.write("first-run");
}

// Nothing said yet, and no repository either.
{
  const empty = new Journal();
  empty.counted({});
  empty.write("empty");
  const nowhere = new Journal({ model: null, repository: null });
  nowhere.counted({});
  nowhere.write("nowhere");
}

// Markdown as it should look, and as somebody hostile would write it.
{
  const journal = new Journal();
  const first = journal.said("Show me what a long answer looks like.", { ago: 5 * MINUTE });
  journal.reply(
    first,
    [
      "## What the module does",
      "",
      "It opens sessions and checks tokens. Two things are worth knowing:",
      "",
      "1. A token is a **plain string** today, so nothing stops it from being logged.",
      "2. Its lifetime is a `u64` of *seconds*, ~~milliseconds~~, which one caller gets wrong.",
      "   - `billing::charge` passes minutes",
      "   - everything else is right",
      "",
      "> A session that is open stays open until it is closed or expires.",
      "",
      "| where | calls | passes |",
      "| --- | ---: | --- |",
      "| `billing::charge` | 14 | minutes |",
      "| `api::login` | 2 | seconds |",
      "",
      "```rust",
      "impl Session {",
      "    /// Whether `token` is the one this session was opened with.",
      "    pub fn matches(&self, token: &Token) -> bool {",
      "        self.token.as_bytes().ct_eq(token.as_bytes()).into()",
      "    }",
      "}",
      "```",
      "",
      "- [x] read the module",
      "- [ ] give the token a type",
      "",
      "More at [the advisory](https://rustsec.org/advisories/RUSTSEC-2026-0041.html).",
      "",
      "---",
      "",
      "That is all.",
    ].join("\n"),
    { ago: 4.9 * MINUTE },
  );
  const second = journal.said("<img src=x onerror=alert(1)> **not bold**", { ago: 3 * MINUTE });
  journal.reply(
    second,
    [
      '![inline](https://evil.test/a.png) and ![by reference][pic] and <img src="https://evil.test/b.png" onerror="window.pwned=1">',
      "",
      "[pic]: https://evil.test/c.png",
      "",
      '<svg onload="window.pwned=1"><script>window.pwned=1</script></svg>',
      "",
      '<style>@import url(https://evil.test/d.css);</style><link rel="dns-prefetch" href="//evil.test">',
      "",
      '<iframe src="https://evil.test/e.html"></iframe><form action="https://evil.test"><input name=a></form>',
      "",
      "[script](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>) [file](file:///etc/passwd) [own](tauri://localhost/) [editor](vscode://open) [relative](/etc/passwd) [hidden](java\tscript:alert(1)) [user](https://good.test@evil.test/)",
      "",
      "<https://good.test/auto> and https://good.test/bare and <javascript:alert(1)>",
      "",
      '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=1&gt;">',
      "",
      "&lt;img src=x onerror=window.pwned=1&gt; &amp;lt;b&amp;gt;",
      "",
      "```html\n<img src=https://evil.test/f.png onerror=window.pwned=1>\n```",
    ].join("\n"),
    { ago: 2.9 * MINUTE },
  );
  journal.counted({});
  journal.write("markdown");
}
