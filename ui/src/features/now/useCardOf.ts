import { cardOf } from "../../ipc/cards";
import { useAmpersand, useMessage, useOrder } from "../../ipc/context";
import type { Diffstat, MessageId, TaskId } from "../../ipc/generated/protocol";

/** The newest card a task stands on, as far as it has been read. */
export function useCardOf(task: TaskId): MessageId | null {
  const { conversation } = useAmpersand();
  useOrder();
  return cardOf(conversation, task);
}

/** What a task changed, as its result on that card says. */
export function useDiffstat(task: TaskId, card: MessageId | null): Diffstat | null {
  const body = useMessage(card ?? "")?.body;
  const result = body?.kind === "result" ? body.results.find((each) => each.task === task) : undefined;
  return result?.report.diffstat ?? null;
}
