import { useEffect, useRef, useState } from "react";
import { useAnswer } from "../../ipc/answer";
import { useCommand } from "../../ipc/context";
import type { Command, TaskView } from "../../ipc/generated/protocol";
import { Markdown } from "../../lib/markdown/Markdown";
import { visible } from "../../lib/visible";
import { type Panel, togglePanel } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/icons";
import { drawn, drawnProse } from "../../ui/Visible";
import { NameBranch } from "../pull_request/NameBranch";
import { ReportView } from "./ReportView";
import styles from "./TaskPanel.module.css";
import { isMoving } from "./words";

/** What of a task is open in place, under its row. */
export function TaskPanel({ task, panel }: { task: TaskView; panel: Panel }) {
  const changes = panel === "steer" && task.detail.name === "ready";
  const title = changes
    ? strings.landing.askForChanges
    : panel === "branch"
      ? strings.outgoing.verbs.put_on_branch
      : strings.task.verbs[panel];
  return (
    <section className={styles.panel} aria-label={strings.task.named(title, visible(task.title))}>
      <header className={styles.head}>
        <h4>{title}</h4>
        <IconButton label={strings.task.close} onClick={() => togglePanel(task.id, panel)}>
          <Icon name="close" />
        </IconButton>
      </header>
      {panel === "steer" ? (
        <Steer task={task} />
      ) : panel === "branch" ? (
        <NameBranch task={task} />
      ) : panel === "report" ? (
        <Report task={task} />
      ) : panel === "given" ? (
        <Given task={task} />
      ) : (
        <Output task={task} />
      )}
    </section>
  );
}

const OUTPUT_MS = 2000;

/** Grows every two seconds while something moves, so that what is open is asked for again. */
function useAge(moving: boolean): number {
  const [age, setAge] = useState(0);
  useEffect(() => {
    if (!moving) {
      return;
    }
    const timer = setInterval(() => setAge((before) => before + 1), OUTPUT_MS);
    return () => clearInterval(timer);
  }, [moving]);
  return age;
}

/** What was taken from it, and what of the network that leaves. */
function takenWords(task: TaskView): string {
  const words: string[] = task.taken.map((what) => strings.task.narrowing[what]);
  if (task.reaches_a_model && task.taken.includes("network")) {
    words.push(strings.task.modelStays);
  }
  return words.join(strings.separator);
}

/** What the agent was given, word for word, and nothing besides. */
export function Given({ task }: { task: TaskView }) {
  const answer = useAnswer({ kind: "given", task: task.id });
  const granted = task.capabilities.map((capability) =>
    capability.name === "network"
      ? strings.task.capability.network(capability.host)
      : strings.task.capability[capability.name],
  );
  return (
    <>
      <dl className={styles.facts}>
        <dt>{strings.task.whyThis}</dt>
        <dd>{drawnProse(task.reason)}</dd>
        <dt>{strings.task.granted}</dt>
        <dd>{drawn(granted.join(strings.separator))}</dd>
        {task.not_loaded.length > 0 ? (
          <>
            <dt>{strings.task.notLoaded}</dt>
            <dd>
              {drawn(
                strings.task.notLoadedOf(
                  strings.agents.name(task.agent),
                  task.not_loaded.join(strings.comma),
                ),
              )}
            </dd>
          </>
        ) : null}
        {task.taken.length > 0 ? (
          <>
            <dt>{strings.task.taken}</dt>
            <dd>{takenWords(task)}</dd>
          </>
        ) : null}
      </dl>
      <Well
        text={answer.state === "here" ? answer.value : null}
        failure={answer.state === "failed" ? answer.text : null}
      />
    </>
  );
}

export function Output({ task }: { task: TaskView }) {
  const age = useAge(isMoving(task.detail));
  const answer = useAnswer({ kind: "output", task: task.id }, `${task.state} ${age}`);
  return (
    <Well
      text={answer.state === "here" ? answer.value : null}
      failure={answer.state === "failed" ? answer.text : null}
      end
    />
  );
}

export function Report({ task }: { task: TaskView }) {
  const answer = useAnswer({ kind: "report", task: task.id }, task.state);
  if (answer.state === "here") {
    return <ReportView report={answer.value.report} />;
  }
  return <p className={styles.quiet}>{answer.state === "failed" ? answer.text : strings.task.loading}</p>;
}

function Well({
  text,
  failure,
  end = false,
}: {
  text: string | null;
  failure: string | null;
  end?: boolean;
}) {
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (end && text !== null && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [end, text]);
  if (failure !== null) {
    return <p className={styles.quiet}>{failure}</p>;
  }
  if (text === null) {
    return <p className={styles.quiet}>{strings.task.loading}</p>;
  }
  return text.trim() === "" ? (
    <p className={styles.quiet}>{strings.task.nothingYet}</p>
  ) : (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard.
    <pre ref={box} className={styles.well} tabIndex={0}>
      {drawn(text.replaceAll("\r\n", "\n"))}
    </pre>
  );
}

/** Words for a task that runs, or whose work is to be changed. */
function Steer({ task }: { task: TaskView }) {
  const command = useCommand();
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = async (instead: boolean) => {
    const words = text.trim();
    const wish: Command = instead
      ? { verb: "rewind", task: task.id, text: words }
      : { verb: "steer", task: task.id, text: words, by: "person" };
    if (words !== "" && (await command(wish))) {
      togglePanel(task.id, "steer");
    }
  };
  return (
    <form
      className={styles.steer}
      onSubmit={(event) => {
        event.preventDefault();
        void send(false);
      }}
    >
      <input
        ref={field}
        className={styles.field}
        aria-label={strings.task.steerLabel(visible(task.title))}
        placeholder={strings.task.steerPlaceholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            togglePanel(task.id, "steer");
          }
        }}
      />
      <Button tone="primary" onClick={() => void send(false)}>
        {strings.task.steerSend}
      </Button>
      {task.verbs.includes("rewind") ? (
        <Button onClick={() => void send(true)}>{strings.task.verbs.rewind}</Button>
      ) : null}
    </form>
  );
}

/** Text of a report or a reason, in the size of the chrome. */
export function Prose({ text }: { text: string }) {
  return <Markdown text={text} small />;
}
