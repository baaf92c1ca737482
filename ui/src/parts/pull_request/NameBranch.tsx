import { useEffect, useRef, useState } from "react";
import { useCommand } from "../../ipc/context";
import type { TaskView } from "../../ipc/generated/protocol";
import { visible } from "../../lib/visible";
import { togglePanel } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import styles from "../task/TaskPanel.module.css";

/** The name of the branch that a task's work is put on. */
export function NameBranch({ task }: { task: TaskView }) {
  const command = useCommand();
  const [name, setName] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = async () => {
    const branch = name.trim();
    if (branch === "") {
      return;
    }
    if (await command({ verb: "put_on_branch", task: task.id, branch, why: "", by: "person" })) {
      togglePanel(task.id, "branch");
    }
  };
  return (
    <form
      className={styles.steer}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <input
        ref={field}
        className={styles.field}
        aria-label={strings.outgoing.branchLabel(visible(task.title))}
        placeholder={strings.outgoing.branchPlaceholder}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            togglePanel(task.id, "branch");
          }
        }}
      />
      <Button tone="primary" onClick={() => void send()}>
        {strings.outgoing.branchSend}
      </Button>
    </form>
  );
}
