import { AgentRow } from "../../parts/agent/AgentRow";
import { useAgents } from "../../parts/agent/useAgents";

/** Agents of others that are installed here, each with what would make it usable. */
export function Agents() {
  const { found, deeds } = useAgents();
  const here = (found ?? []).filter((agent) => agent.version !== null);
  return here.map((agent) => <AgentRow key={agent.name} agent={agent} deeds={deeds} full={false} />);
}
