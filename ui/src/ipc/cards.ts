import type { MessageId, TaskId } from "./generated/protocol";
import type { Conversation } from "./store";

/** The newest card a task stands on; a result before a question before its plan. */
export function cardOf(conversation: Conversation, task: TaskId): MessageId | null {
  let plan: MessageId | null = null;
  for (const id of conversation.messageOrder().toReversed()) {
    const body = conversation.message(id)?.body;
    if (
      (body?.kind === "result" && body.results.some((each) => each.task === task)) ||
      (body?.kind === "needs_you" && body.answered === null && body.approval.task === task)
    ) {
      return id;
    }
    if (body?.kind === "plan" && body.tasks.includes(task)) {
      plan ??= id;
    }
  }
  return plan;
}
