import { useCallback } from "react";
import { now } from "../lib/clock";
import { uuidv7 } from "../lib/uuid";
import { failureOf } from "./backend";
import { useAmpersand } from "./context";
import type { MessageId } from "./generated/protocol";

/** Says something. The bubble stands before anybody has confirmed it; sending it again under its id says it once. */
export function useSend(): (text: string, again?: MessageId) => Promise<void> {
  const { backend, conversation } = useAmpersand();
  return useCallback(
    async (text, again) => {
      const id = again ?? uuidv7();
      conversation.echo(id, text, new Date(now()).toISOString());
      try {
        await backend.act({ kind: "send", text, id });
        conversation.settle(id, null);
      } catch (error) {
        conversation.settle(id, failureOf(error));
      }
    },
    [backend, conversation],
  );
}
