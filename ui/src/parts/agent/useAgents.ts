import { useCallback, useEffect, useRef, useState } from "react";
import type { Act } from "../../ipc/backend";
import { failureOf } from "../../ipc/backend";
import { useAmpersand } from "../../ipc/context";
import type { AgentFound } from "../../ipc/generated/protocol";

/** What can be done about agents and their accounts. */
export interface AgentDeeds {
  connect: (agent: string) => void;
  /** Asks the person whether it may read its own login. */
  letRead: (agent: string) => void;
  reserve: (agent: string, percent: number) => void;
}

/** How often and how long after a deed the background process is asked again: it takes the settings up by itself. */
const AGAIN_MS = 400;
const AGAIN_TIMES = 8;

/** Agents of others as they are found here, and what can be done about them; null until they were looked for. */
export function useAgents(): { found: readonly AgentFound[] | null; deeds: AgentDeeds } {
  const { backend, conversation } = useAmpersand();
  const [found, setFound] = useState<readonly AgentFound[] | null>(null);
  const here = useRef(true);
  const look = useCallback(
    async (isThere: (agents: readonly AgentFound[]) => boolean) => {
      for (let nth = 0; nth < AGAIN_TIMES && here.current; nth += 1) {
        const agents = await backend.query({ kind: "agents" });
        if (here.current) {
          setFound(agents);
        }
        if (isThere(agents)) {
          return;
        }
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    },
    [backend],
  );
  useEffect(() => {
    here.current = true;
    // Without the background process nothing is known of them; `doctor` says why.
    look(() => true).catch(() => {});
    return () => {
      here.current = false;
    };
  }, [look]);
  const does = async (deed: () => Promise<unknown>, isThere: (agents: readonly AgentFound[]) => boolean) => {
    try {
      if ((await deed()) !== false) {
        await look(isThere);
      }
    } catch (error) {
      conversation.notice(failureOf(error));
    }
  };
  const act = (verb: Act, isThere: (agents: readonly AgentFound[]) => boolean) =>
    does(() => backend.act(verb), isThere);
  const has = (agent: string, login: AgentFound["login"]) => (agents: readonly AgentFound[]) =>
    agents.some((each) => each.name === agent && each.login === login);
  const deeds: AgentDeeds = {
    connect: (agent) => void act({ kind: "connect", agent }, has(agent, "used")),
    letRead: (agent) => void does(() => backend.confirm({ kind: "read_login", agent }), has(agent, "read")),
    reserve: (agent, percent) =>
      void act({ kind: "reserve", agent, percent }, (agents) =>
        agents.some((each) => each.name === agent && each.keep_percent === percent),
      ),
  };
  return { found, deeds };
}
