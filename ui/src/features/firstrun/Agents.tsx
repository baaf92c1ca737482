import { AgentRow } from "../../parts/agent/AgentRow";
import { whatIsHere } from "../../parts/agent/here";
import { useAgents } from "../../parts/agent/useAgents";

/** Agents of others that are here at least in part, each with what would make it usable. */
export function Agents() {
  const { found, deeds } = useAgents();
  const { here } = whatIsHere(found ?? []);
  return here.map((agent) => <AgentRow key={agent.name} agent={agent} deeds={deeds} full={false} />);
}
