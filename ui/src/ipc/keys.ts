/** What of the conversation can be watched, each by a name. */
import type { MessageId, TaskId } from "./generated/protocol";

export type Key =
  | "order"
  | "tasks"
  | "counts"
  | "place"
  | "streaming"
  | "approvals"
  | "notices"
  | `message:${MessageId}`
  | `task:${TaskId}`
  | `result:${TaskId}`
  | `landing:${TaskId}`
  | `activity:${TaskId}`;

/** Notes that what a key names has changed. */
export type Touch = (key: Key) => void;
