import type { TaskView } from "../../ipc/generated/protocol";
import { type Action, useActions } from "../../lib/actions";
import { visible } from "../../lib/visible";
import { strings } from "../../strings/strings";
import { ActionMenu } from "../../ui/Menu";

const OUTGOING = new Set(["open_pull_request", "put_on_branch", "watch", "unwatch"]);

/** The ways out besides landing, behind three dots; nothing where there is none. */
export function GoOut({ task }: { task: TaskView }) {
  const actions = useActions();
  const out = (): Action[] => actions.forTask(task).filter((action) => OUTGOING.has(action.id));
  return out().length === 0 ? null : (
    <ActionMenu label={strings.task.named(strings.outgoing.instead, visible(task.title))} actions={out} />
  );
}
