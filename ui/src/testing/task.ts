/** A task as the backend would send it, for tests that are about a few of its fields. */
import type { TaskView } from "../ipc/generated/protocol";

/** Queued by the built-in agent, with nothing to be done about it; `more` says what is special about it. */
export function taskView(id: string, more: Partial<TaskView> = {}): TaskView {
  const detail = more.detail ?? { name: "queued" };
  return {
    id,
    plan: "p",
    title: `Task ${id}`,
    role: "worker",
    agent: "built-in",
    before: null,
    state: detail.name,
    isolation: null,
    reason: "",
    from: null,
    after: [],
    clashes: [],
    resolves: null,
    follow_up: null,
    pull_request: null,
    by_hand: false,
    capabilities: [],
    reads_login: false,
    not_loaded: [],
    taken: [],
    reaches_a_model: false,
    verbs: [],
    created_at: "2026-11-15T13:00:00Z",
    activity: null,
    ...more,
    detail,
  };
}
