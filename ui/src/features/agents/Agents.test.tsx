// @vitest-environment happy-dom
/** Which agents are shown: those that are here at least in part, with what would make them whole. */
import { expect, it, vi } from "vitest";
import type { AgentFound } from "../../ipc/generated/protocol";
import { agentFound, lacking } from "../../testing/agent";
import { Stage } from "../../testing/stage";
import { Agents as FirstAgents } from "../firstrun/Agents";
import { Agents } from "./Agents";

const stage = Stage.forEach();

const ADAPTER = "npm install --global @agentclientprotocol/claude-agent-acp";

const NO_ADAPTER = agentFound({
  name: "claude",
  version: null,
  login: "offered",
  missing: lacking(
    "agent_no_adapter",
    "Claude Code is installed, and what it is spoken to by is not.",
    `Install it with Node 22 or newer: ${ADAPTER}.`,
  ),
});

function absent(name: string, loggedIn = false): AgentFound {
  const missing = lacking(
    "agent_not_installed",
    `${name} is not installed.`,
    `Install it (npm install --global ${name}), or set its command under [agents.${name}] in the settings.`,
  );
  return agentFound({ name, version: null, logged_in: loggedIn, login: "nothing", missing });
}

async function show(page: "agents" | "first run", agents: AgentFound[]): Promise<void> {
  stage.answers = { agents, sessions: [] };
  stage.render(page === "agents" ? <Agents /> : <FirstAgents />);
  await stage.settle();
}

it.each(["agents", "first run"] as const)(
  "an agent without its adapter is on the page of %s, with the command that installs it",
  async (page) => {
    const written: string[] = [];
    vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => written.push(text) } });
    await show(page, [NO_ADAPTER]);
    expect(stage.said()).toContain("Claude Code");
    expect(stage.said()).toContain("logged in");
    expect(stage.said()).toContain("what it is spoken to by is not");
    expect(document.querySelector("code")?.textContent).toBe(ADAPTER);
    stage.press("Copy the command");
    await stage.settle();
    expect(written).toEqual([ADAPTER]);
    expect(stage.buttons()).toContain("Copied");
  },
);

it("agents of which there is nothing are named on one line, and a login alone is something", async () => {
  await show("agents", [agentFound(), absent("claude", true), absent("gemini"), absent("opencode")]);
  const rows = [...document.querySelectorAll("li")].map((row) => row.textContent);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toContain("claude is not installed.");
  expect(stage.said()).toContain("Not here: Gemini CLI, OpenCode");
});

it("where there is nothing at all, that is said once", async () => {
  await show("agents", [absent("codex"), absent("claude")]);
  expect(stage.said()).toContain("No agent of others is installed here.");
  expect(stage.said()).not.toContain("Not here");
  await show("first run", [absent("codex")]);
  expect(document.querySelector("li")).toBeNull();
});
