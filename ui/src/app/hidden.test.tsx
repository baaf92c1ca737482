// @vitest-environment happy-dom
/** Whatever agents, programs and repositories write, nothing of it is on the page that hides or reorders. */
import { act } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Agents } from "../features/agents/Agents";
import { Announcer } from "../features/conversation/Announcer";
import { Entry } from "../features/conversation/Entry";
import { Now } from "../features/now/Now";
import { Pane } from "../features/pane/Pane";
import { parseJournal } from "../ipc/fake/journal";
import type { MessageBody, Update } from "../ipc/generated/protocol";
import { setClock } from "../lib/clock";
import { type Panel, useWindow } from "../lib/window";
import { TaskPanel } from "../parts/task/TaskPanel";
import { agentFound, lacking } from "../testing/agent";
import { Stage } from "../testing/stage";
import { taskView } from "../testing/task";
import { Notices } from "./Notices";
import { Palette } from "./Palette";
import { TopBar } from "./TopBar";

const JOURNALS = import.meta.glob<string>("../../fixtures/*.jsonl", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** An override, a character without width and one that fills, as others would write them. */
const HOSTILE = "\u{202e}\u{200b}\u{3164}";
const HIDES = /[\u{202e}\u{200b}\u{3164}]/u;
/** Where words of others stand in what the backend sends. */
const WORDS = new Set(
  (
    "title line text headline summary path old_path detail host url command output message hint why reason branch " +
    "onto log author body remote label question from address understood closest explanation left_out answered " +
    "paths commits lines kept executes_later not_loaded version"
  ).split(" "),
);
/** Ids and commits, which stand there too. */
const OURS = /^([0-9a-f-]{36}|[0-9a-f]{7,40})$/;

function hostile<T>(value: T, key = ""): T {
  if (typeof value === "string") {
    return (WORDS.has(key) && !OURS.test(value) ? `${value}${HOSTILE}` : value) as T;
  }
  if (Array.isArray(value)) {
    return value.map((each) => hostile(each, key === "task" ? "lines" : key)) as T;
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hostile(each, name)])) as T;
  }
  return value;
}

const stage = Stage.forEach();

beforeEach(() => {
  vi.stubGlobal(
    "Worker",
    class {
      postMessage() {}
      terminate() {}
    },
  );
  // Everything that can be open is.
  useWindow.setState({ open: new Proxy({}, { get: () => true }), panels: {} });
  return () => useWindow.setState({ open: {}, panels: {}, palette: false });
});

/** What is on the page, in letters or in names, that hides. */
function hiding(): string[] {
  const all = [...document.querySelectorAll("*")].flatMap((element) => {
    const letters = [...element.childNodes].filter((node) => node.nodeType === 3);
    const names = ["title", "aria-label", "placeholder", "alt"].map((name) => element.getAttribute(name));
    return [...letters.map((node) => node.textContent), ...names];
  });
  return all.filter((words) => words !== null && HIDES.test(words)) as string[];
}

async function journal(name: string): Promise<void> {
  for (const line of parseJournal(JOURNALS[`../../fixtures/${name}.jsonl`] ?? "")) {
    if ("now" in line) {
      setClock(Date.parse(line.now));
      stage.answers.agents = hostile(line.agents ?? []);
    } else if ("answer" in line) {
      stage.answers[line.answer] = hostile(line.value, "output");
    } else {
      stage.apply(hostile(line.update));
    }
  }
}

const PANELS: Panel[] = ["output", "given", "report", "steer", "branch"];

describe.each(["working", "states", "landing", "markdown"])("the journal of %s", (name) => {
  it("hides nothing", async () => {
    await journal(name);
    expect(stage.store.messageOrder().length).toBeGreaterThan(1);
    stage.render(
      <>
        {stage.store.messageOrder().map((id) => (
          <Entry key={id} id={id} />
        ))}
        {stage.store
          .allTasks()
          .flatMap((task) =>
            PANELS.map((panel) => <TaskPanel key={task.id + panel} task={task} panel={panel} />),
          )}
        {stage.store.allTasks().map(({ id }) => (
          <Pane key={id} id={id} />
        ))}
        <Now />
        <Agents />
        <Notices />
        <TopBar />
        <Announcer />
      </>,
    );
    await stage.settle();
    expect(stage.said()).toContain("⟨U+202E⟩");
    expect(hiding()).toEqual([]);
  });
});

const AT = "2026-11-15T13:42:00Z";

const asks = (question: object): MessageBody =>
  ({
    kind: "needs_you",
    approval: { id: "q", task: "a", question, asked_at: AT },
    answered: null,
  }) as MessageBody;
const diffstat = { files: [{ path: "p", added: 1, removed: 0 }], count: 1, added: 1, removed: 0 };

const CARDS: [string, MessageBody][] = [
  ["a host", asks({ kind: "host", host: "a.test", url: "https://a.test/x" })],
  ["a command", asks({ kind: "act", tool: "execute", detail: "rm -rf x", path: "/x" })],
  ["a question of its own", asks({ kind: "act", tool: "ask", detail: "Is it?", path: null })],
  ["landing", asks({ kind: "land", why: "it is done", diffstat, keeps: null })],
  ["a branch", asks({ kind: "branch", why: "so", branch: "b", diffstat })],
  [
    "a push",
    asks({
      kind: "push",
      why: "so",
      push: {
        remote: "origin",
        url: "https://a.test",
        branch: "b",
        onto: "main",
        commits: ["abc Split it"],
        count: 1,
        diffstat,
        as_checked: true,
        says: { title: "Split", body: "Why." },
        number: null,
      },
    }),
  ],
  [
    "a pull request",
    {
      kind: "pull_request",
      task: "a",
      title: "Task",
      pull_request: {
        id: "p",
        forge: "github",
        opened: null,
        branch: "b",
        onto: "main",
        rounds: { done: 1, most: 3 },
        standing: { passed: 1, failed: 1, pending: 0 },
        found: {
          checks: [{ id: "1", name: "build", url: null, log: "red" }],
          comments: [
            { id: "2", author: "eve", may_write: false, body: "no", path: "a.rs", line: 3, url: null },
          ],
        },
        unseen: { code: "x", message: "Away.", hint: "Wait." },
        stage: { name: "held", why: { code: "x", message: "It is held.", hint: "Look." } },
      },
    } as unknown as MessageBody,
  ],
  [
    "a branch that was made",
    { kind: "branched", task: "a", title: "T", branch: "b", commit: "c".repeat(40) },
  ],
  [
    "a choice",
    {
      kind: "choice",
      question: "Which?",
      options: [{ label: "One", says: "one" }],
      chosen: null,
    } as unknown as MessageBody,
  ],
  ["something kept", { kind: "kept", text: "why", closest: "find x" } as unknown as MessageBody],
  [
    "work that did not land",
    {
      kind: "landing",
      task: "a",
      title: "Task",
      outcome: {
        name: "refused",
        failure: { code: "conflict", message: "Both changed it.", hint: "Look." },
        conflicts: [
          {
            path: "src/a.rs",
            places: [{ line: 3, branch: ["one"], task: ["two"] }],
            branch_has_it: true,
            task_has_it: true,
            cut: false,
          },
        ],
      },
    },
  ],
  ["a notice", { kind: "notice", failure: { code: "x", message: "It `broke`.", hint: "Mend it." } }],
  ["what was said", { kind: "said", text: "do it", understood: "pause Task" }],
];

it.each(CARDS)("a card about %s hides nothing", async (_, body) => {
  const message = { id: "m", position: 1, at: AT, body: hostile(body) };
  const task = taskView("a", { title: "Task", agent: "codex", address: "http://x.localhost" });
  stage.apply(
    hostile({ at: AT, type: "task", ...task }) as Update,
    { at: AT, type: "message", message } as Update,
  );
  stage.render(<Entry id="m" />);
  await stage.settle();
  expect(stage.said()).toContain("⟨U+202E⟩");
  expect(hiding()).toEqual([]);
});

it("agents and conversations of their programs hide nothing", async () => {
  const missing = lacking("x", "It is not whole.", "Mend it.");
  stage.answers = {
    agents: [hostile(agentFound({ missing }))],
    sessions: [hostile({ agent: "codex", id: "1", title: "Fix it", at: AT, folder: "/x" })],
  };
  stage.store.setPlace({
    repository: { ...hostile({ root: "/x", branch: "main" }), name: `r${HOSTILE}` } as never,
  });
  stage.render(
    <>
      <Agents />
      <TopBar />
    </>,
  );
  await stage.settle();
  expect(stage.said()).toContain("Fix it⟨U+202E⟩");
  expect(hiding()).toEqual([]);
});

it("what can be done about a task hides nothing of its title", async () => {
  const task = taskView("a", { title: `Task ${HOSTILE}`, verbs: ["pause", "cancel"] });
  stage.apply({ at: AT, type: "task", ...task });
  useWindow.setState({ palette: true });
  stage.render(<Palette />);
  await stage.settle();
  const field = document.querySelector("input");
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, "task");
    field?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(stage.said()).toContain("⟨U+202E⟩");
  expect(hiding()).toEqual([]);
});
