// @vitest-environment happy-dom
/** What is drawn anew when something changes, counted by React itself: nothing beside what has changed. */
import { act, Profiler, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Composer } from "../features/composer/Composer";
import { Conversation } from "../features/conversation/Conversation";
import { PlanCard } from "../features/conversation/cards/PlanCard";
import type { Backend } from "../ipc/backend";
import { AmpersandProvider } from "../ipc/context";
import type { Activity, Message, TaskView, Update } from "../ipc/generated/protocol";
import { Conversation as Store } from "../ipc/store";
import { ActionsContext } from "../lib/actions";
import { setClock } from "../lib/clock";
import { setDraft } from "../lib/window";
import { TaskRow } from "../parts/task/TaskRow";
import { taskView } from "../testing/task";
import { makeActions } from "./actions";

const AT = "2026-11-15T13:42:00Z";
const BEAT = 200;

let menus = 0;
vi.mock("../ui/Menu", () => ({
  ActionMenu: () => {
    menus += 1;
    return null;
  },
}));

let root: Root;
let store: Store;
let drawn: Map<string, number>;

beforeEach(() => {
  vi.useFakeTimers();
  setClock(Date.parse(AT));
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  // Everything is in view.
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      tell: (entries: { target: Element; isIntersecting: boolean }[]) => void;
      constructor(tell: (entries: { target: Element; isIntersecting: boolean }[]) => void) {
        this.tell = tell;
      }
      observe(target: Element) {
        this.tell([{ target, isIntersecting: true }]);
      }
      unobserve() {}
    },
  );
  for (const [name, size] of [
    ["clientHeight", 600],
    ["clientWidth", 800],
    ["offsetHeight", 60],
  ] as const) {
    vi.spyOn(HTMLElement.prototype, name, "get").mockReturnValue(size);
  }
  const box = document.createElement("div");
  document.body.append(box);
  root = createRoot(box);
  store = new Store();
  drawn = new Map();
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const backend: Backend = {
  query: () => new Promise(() => {}),
  act: () => Promise.resolve(),
  confirm: () => Promise.resolve(false),
  subscribe: () => Promise.resolve(),
};

function Counted({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Profiler id={name} onRender={(id) => drawn.set(id, (drawn.get(id) ?? 0) + 1)}>
      {children}
    </Profiler>
  );
}

function show(children: ReactNode): void {
  const ampersand = {
    backend,
    conversation: store,
    facts: { repository: null, model: "m", link: true, settings: "", system: "linux" as const },
  };
  act(() =>
    root.render(
      <AmpersandProvider value={ampersand}>
        <ActionsContext.Provider value={makeActions(ampersand)}>{children}</ActionsContext.Provider>
      </AmpersandProvider>,
    ),
  );
  drawn.clear();
  menus = 0;
}

function apply(...updates: Update[]): void {
  act(() => {
    store.apply(updates);
  });
}

function pass(ms: number): void {
  act(() => vi.advanceTimersByTime(ms));
}

function task(id: string, state: TaskView["detail"] = running()): TaskView {
  const agent = { plan: "plan", agent: "command", isolation: "sandboxed" };
  return taskView(id, { ...agent, detail: state, created_at: AT });
}

function running(): TaskView["detail"] {
  return { name: "running", attempt: "not-a-time" };
}

const update = (body: object): Update => ({ at: AT, ...body }) as Update;

function activity(id: string, line: string): Update {
  const doing: Activity = { task: id, line, steps_done: 0, steps: 0, files: 0, tokens: 0 };
  return update({ type: "activity", ...doing });
}

function plan(id: string, tasks: string[]): Message & { body: { kind: "plan" } } {
  return { id, position: 1, at: AT, body: { kind: "plan", plan: id, reason: "", tasks } } as Message & {
    body: { kind: "plan" };
  };
}

const words = () => document.body.textContent;

describe("what tasks are doing", () => {
  beforeEach(() => {
    apply(...["a", "b", "c"].map((id) => update({ type: "task", ...task(id) })));
    show(
      ["a", "b", "c"].map((id) => (
        <Counted key={id} name={id}>
          <TaskRow id={id} />
        </Counted>
      )),
    );
  });

  it("draws the row of that task, without its menu, and no other", () => {
    apply(activity("b", "reading src/auth"));
    pass(BEAT);
    expect(words()).toContain("reading src/auth");
    expect([...drawn]).toEqual([["b", 1]]);
    expect(menus).toBe(0);
  });

  it("is drawn five times a second, however often a task speaks", () => {
    for (let tick = 0; tick < 60; tick += 1) {
      apply(...["a", "b", "c"].map((id) => activity(id, `tick ${tick}`)));
      pass(1000 / 60);
    }
    pass(BEAT);
    expect(words()?.match(/tick 59/g)).toHaveLength(3);
    expect([...drawn.values()].every((times) => times >= 5 && times <= 6)).toBe(true);
  });

  it("passes time without drawing anything", () => {
    const before = words();
    pass(10_000);
    expect(words()?.match(/0:10/g)).toHaveLength(3);
    expect(words()?.replaceAll("0:10", "0:00")).toBe(before);
    expect(drawn.size).toBe(0);
  });
});

it("a task that moves on draws its own plan and none beside it", () => {
  apply(...["a", "b", "c", "d"].map((id) => update({ type: "task", ...task(id) })));
  const [first, second] = [plan("p", ["a", "b"]), plan("q", ["c", "d"])];
  show(
    [first, second].map((message) => (
      <Counted key={message.id} name={message.id}>
        <PlanCard message={message} body={message.body} />
      </Counted>
    )),
  );
  apply(update({ type: "task", ...task("a", { name: "done" }) }));
  expect([...drawn.keys()]).toEqual(["p"]);
  // The rows that stay are not drawn again: one menu would be.
  expect(menus).toBe(0);
});

it("typing draws the composer and nothing of the conversation", () => {
  const said = (id: string, position: number): Update =>
    update({
      type: "message",
      message: { id, position, at: AT, body: { kind: "said", text: id, understood: null } },
    });
  apply(said("first words", 1), said("second words", 2));
  show(
    <>
      <Counted name="conversation">
        <Conversation opening={null} />
      </Counted>
      <Counted name="composer">
        <Composer />
      </Counted>
    </>,
  );
  expect(words()).toContain("second words");
  for (const draft of ["h", "he", "hel"]) {
    act(() => setDraft(draft));
  }
  expect(document.querySelector("textarea")?.value).toBe("hel");
  expect([...drawn]).toEqual([["composer", 3]]);
});
