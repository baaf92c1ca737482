import type { AgentFound, Failure } from "../../ipc/generated/protocol";

/** Agents that are here at least in part, and those of which there is nothing. */
export interface Here {
  here: AgentFound[];
  elsewhere: AgentFound[];
}

/** What is here of agents: a program, a login, or all but what it is spoken to by. */
export function whatIsHere(found: readonly AgentFound[]): Here {
  const isHere = (agent: AgentFound) =>
    agent.logged_in === true || agent.missing?.code !== "agent_not_installed";
  return { here: found.filter(isHere), elsewhere: found.filter((agent) => !isHere(agent)) };
}

const INSTALL = /npm install --global @?[\w./-]*\w/;

/** The command out of a hint that installs what is missing; null if there is none in it. */
export function installCommand(missing: Failure | null): string | null {
  return missing === null ? null : (INSTALL.exec(missing.hint)?.[0] ?? null);
}
