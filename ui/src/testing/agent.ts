/** An agent of others as the backend would tell of it, for tests that are about a few of its fields. */
import type { AgentFound } from "../ipc/generated/protocol";

/** Codex with its login in use; `more` says what is special about it. */
export function agentFound(more: Partial<AgentFound> = {}): AgentFound {
  return {
    name: "codex",
    version: "codex-cli 1",
    logged_in: true,
    login: "used",
    missing: null,
    quota: [],
    keep_percent: 0,
    facts: {
      steers: "mid_turn",
      usage: true,
      cost: false,
      resumes: true,
      rewinds: true,
      cancel_kills: true,
      subagents: false,
      approvals: true,
    },
    ...more,
  };
}

/** Something that an agent lacks. */
export function lacking(code: string, message: string, hint: string) {
  return { code, message, hint };
}
