import { cardOf } from "../../ipc/cards";
import { useAmpersand, useOrder } from "../../ipc/context";
import type { MessageId, TaskId } from "../../ipc/generated/protocol";

/** The newest card a task stands on, as far as it has been read. */
export function useCardOf(task: TaskId): MessageId | null {
  const { conversation } = useAmpersand();
  useOrder();
  return cardOf(conversation, task);
}
