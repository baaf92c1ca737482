import type { TaskState, Verb } from "../generated/protocol";

/** What the real backend says can be done with a task in this state; the window itself never decides this. */
export function verbsOf(state: TaskState): Verb[] {
  switch (state.name) {
    case "waiting":
    case "queued":
    case "running":
    case "needs_you":
      return ["steer", "pause", "cancel"];
    case "checking":
      return ["pause", "cancel"];
    case "paused":
    case "interrupted":
      return ["steer", "resume", "cancel"];
    case "stopping":
      return ["undo", "cancel"];
    case "ready":
      return state.verdict === "red"
        ? ["steer", "restart", "discard"]
        : ["land", "steer", "restart", "discard"];
    case "failed":
    case "cancelled":
      return ["restart", "discard"];
    case "skipped":
      return ["restart"];
    case "merging":
      return ["pause", "cancel"];
    case "landed":
      return state.back === undefined ? [] : ["undo_landing"];
    case "landing":
    case "undoing":
    case "done":
    case "discarded":
      return [];
  }
}
