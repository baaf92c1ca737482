import type { AgentFacts } from "../../ipc/generated/protocol";
import { strings } from "../../strings/strings";

/** What is true of an agent, on one line. What every agent promises is said only where it does not hold. */
export function factsLine(facts: AgentFacts): string {
  const words = strings.agents.facts;
  return [
    words.steers[facts.steers],
    facts.resumes ? words.resumes : words.beginsAnew,
    facts.approvals ? null : words.neverAsks,
    facts.subagents ? words.subagents : null,
    words.tells[facts.usage ? (facts.cost ? "both" : "usage") : facts.cost ? "cost" : "nothing"],
    facts.cancel_kills ? null : words.outlives,
  ]
    .filter((part) => part !== null)
    .join(strings.separator);
}
