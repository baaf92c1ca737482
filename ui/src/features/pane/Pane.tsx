import { useState } from "react";
import { useActivity, useTask } from "../../ipc/context";
import type { TaskId, TaskView } from "../../ipc/generated/protocol";
import { type Action, pickAction, useActions } from "../../lib/actions";
import { visible } from "../../lib/visible";
import { setPane, useWindow } from "../../lib/window";
import { Given, Output, Report, TaskPanel } from "../../parts/task/TaskPanel";
import { ActivityLine, useTitleOf } from "../../parts/task/TaskRow";
import { clashesOf, isOver, isolationOf, loginOf, rowWords, whoOf } from "../../parts/task/words";
import { strings } from "../../strings/strings";
import { ActionButton } from "../../ui/ActionButton";
import { IconButton } from "../../ui/Button";
import { Elapsed } from "../../ui/Elapsed";
import { Glyph } from "../../ui/Glyph";
import { Icon } from "../../ui/icons";
import { drawn } from "../../ui/Visible";
import styles from "./Pane.module.css";

type Tab = "output" | "given" | "report";

/** A task pulled out beside the conversation: the same as on its card, with more room. */
export function Pane({ id }: { id: TaskId }) {
  const task = useTask(id);
  return task ? <Content task={task} /> : null;
}

function Content({ task }: { task: TaskView }) {
  const activity = useActivity(task.id);
  const titleOf = useTitleOf();
  const actions = useActions().forTask(task);
  const steering = useWindow((state) => state.panels[task.id] === "steer");
  const over = isOver(task.detail);
  const [tab, setTab] = useState<Tab>(over ? "report" : "output");
  const words = rowWords(task, activity, titleOf);
  const clashes = clashesOf(task, titleOf);
  const tabs: Tab[] = over ? ["report", "output", "given"] : ["output", "given"];
  const facts = [
    ...whoOf(task),
    isolationOf(task),
    loginOf(task),
    activity && activity.steps > 0 ? strings.task.steps(activity.steps_done, activity.steps) : null,
    activity && activity.tokens > 0 ? strings.task.tokens(activity.tokens) : null,
  ].filter((part) => part !== null);
  return (
    <aside className={styles.pane} aria-label={visible(task.title)}>
      <header className={styles.head}>
        <Glyph name={words.glyph} part={words.part} />
        <h2 className="grow cut">{drawn(task.title)}</h2>
        <IconButton label={strings.task.close} onClick={() => setPane(null)}>
          <Icon name="close" />
        </IconButton>
      </header>
      <p className={`${styles.facts} num`}>
        {drawn(facts.join(strings.separator))}
        {words.since === null ? null : (
          <>
            {strings.separator}
            <Elapsed since={words.since} />
          </>
        )}
      </p>
      <p className={styles.line}>
        <ActivityLine line={words.line ?? words.side ?? ""} />
      </p>
      {clashes === null ? null : <p className={`${styles.line} ${styles.need}`}>{drawn(clashes)}</p>}
      <div className={styles.tabs} role="tablist">
        {tabs.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={each === tab}
            onClick={() => setTab(each)}
          >
            {strings.task.verbs[each]}
          </button>
        ))}
      </div>
      <div className={styles.body} role="tabpanel" aria-label={strings.task.verbs[tab]}>
        {tab === "output" ? (
          <Output task={task} />
        ) : tab === "given" ? (
          <Given task={task} />
        ) : (
          <Report task={task} />
        )}
      </div>
      {steering ? <TaskPanel task={task} panel="steer" /> : null}
      <Verbs actions={actions} />
    </aside>
  );
}

const VERBS = ["undo", "stop_now", "land", "steer", "resume", "pause", "cancel", "restart", "discard"];

function Verbs({ actions }: { actions: readonly Action[] }) {
  return (
    <footer className={styles.foot}>
      {VERBS.map((verb) => {
        const action = pickAction(actions, verb);
        return (
          <ActionButton
            key={verb}
            action={action}
            tone={verb === "land" ? "primary" : (action?.tone ?? "quiet")}
          />
        );
      })}
    </footer>
  );
}
