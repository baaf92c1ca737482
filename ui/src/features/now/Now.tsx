import type { ReactNode } from "react";
import type { OpenApproval } from "../../ipc/approvals";
import type { Counts } from "../../ipc/bridge";
import { useApprovals, useCommand, useCounts, useTasks } from "../../ipc/context";
import type { TaskView } from "../../ipc/generated/protocol";
import { pickAction, useActions } from "../../lib/actions";
import { jumpTo } from "../../lib/window";
import { Stat } from "../../parts/diff/Changes";
import { answersTo, isSaidWhole, questionWords } from "../../parts/task/question";
import { TaskRows, useTitleOf } from "../../parts/task/TaskRow";
import { liveFollowUp } from "../../parts/task/words";
import { strings } from "../../strings/strings";
import { ActionButton } from "../../ui/ActionButton";
import { Button } from "../../ui/Button";
import { Waited } from "../../ui/Elapsed";
import { Glyph } from "../../ui/Glyph";
import page from "../../ui/Page.module.css";
import rows from "../../ui/Rows.module.css";
import { drawn } from "../../ui/Visible";
import { Hour } from "./Hour";
import styles from "./Now.module.css";
import { useCardOf, useDiffstat } from "./useCardOf";

/** What needs the person, what runs, what is ready to land: the same cards' facts as lists, and nothing of its own. */
export function Now() {
  const approvals = useApprovals();
  const tasks = useTasks();
  const counts = useCounts();
  const going = tasks.filter((task) => GOING.has(task.detail.name));
  const ended = tasks.filter((task) => task.detail.name === "ready");
  // What another task brings in lands with that one.
  const alone = (task: TaskView) =>
    liveFollowUp(
      task,
      tasks.find((other) => other.id === task.follow_up),
    ) === undefined;
  const ready = ended.filter((task) => !isRed(task) && alone(task));
  const red = ended.filter(isRed);
  const nothing = approvals.length === 0 && going.length === 0 && ready.length === 0 && red.length === 0;
  return (
    <div className={`${page.page} ${styles.now}`}>
      <div className={styles.sides}>
        <div className={styles.column}>
          {nothing ? (
            <div>
              <h2>{strings.now.nothing}</h2>
              <p className={styles.quiet}>{strings.now.nothingHint}</p>
            </div>
          ) : null}
          {approvals.length > 0 ? (
            <Section title={strings.now.needsYou} count={String(approvals.length)}>
              <ul className={`${rows.list} ${styles.list}`}>
                {approvals.map((open) => (
                  <NeedsYou key={open.approval.id} open={open} />
                ))}
              </ul>
            </Section>
          ) : null}
          {going.length > 0 ? (
            <Section
              title={counts.running > 0 ? strings.now.running : strings.now.underWay}
              count={goingWords(counts)}
            >
              <div className={`${rows.list} ${styles.list} ${styles.rows}`}>
                <TaskRows ids={going.map((task) => task.id)} />
              </div>
            </Section>
          ) : null}
          <Ended title={strings.now.ready} tasks={ready} />
          <Ended title={strings.now.red} tasks={red} />
        </div>
        <div className={styles.pictures}>
          <Hour />
        </div>
      </div>
    </div>
  );
}

const GOING = new Set<TaskView["detail"]["name"]>([
  "waiting",
  "queued",
  "running",
  "checking",
  "paused",
  "stopping",
  "interrupted",
  "landing",
  "merging",
  "undoing",
]);

/** Whether its checks failed, so that it does not land. */
function isRed(task: TaskView): boolean {
  return task.detail.name === "ready" && task.detail.verdict === "red";
}

function goingWords(counts: Counts): string {
  const others = [
    counts.waiting > 0 ? strings.top.waiting(counts.waiting) : null,
    counts.stopping > 0 ? strings.top.stopping(counts.stopping) : null,
    counts.paused > 0 ? strings.top.paused(counts.paused) : null,
  ].filter((part) => part !== null);
  return strings.now.going(counts.running, others);
}

function Section({ title, count, children }: { title: string; count: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2>
        {title} <span className={`${styles.count} num`}>{count}</span>
      </h2>
      {children}
    </section>
  );
}

function NeedsYou({ open }: { open: OpenApproval }) {
  const { approval, message } = open;
  const title = useTitleOf()(approval.task);
  const command = useCommand();
  const answers = isSaidWhole(approval.question)
    ? answersTo(approval.question).filter(({ answer }) => answer === "allow" || answer === "deny")
    : [];
  return (
    <li className={styles.item}>
      <Glyph name="need" />
      <div className="grow">
        <p className={styles.title}>{drawn(title)}</p>
        <p className={styles.facts}>
          {drawn(questionWords(approval.question, title))}
          {strings.separator}
          <Waited since={approval.asked_at} />
          {strings.comma}
          {strings.now.onlyThis}
        </p>
      </div>
      <div className={styles.acts}>
        {answers.map(({ answer, label, tone }) => (
          <Button
            key={answer}
            tone={tone}
            onClick={() => void command({ verb: "answer", approval: approval.id, answer })}
          >
            {label}
          </Button>
        ))}
        {message === null ? null : (
          <Button tone="quiet" onClick={() => jumpTo(message)}>
            {strings.now.show}
          </Button>
        )}
      </div>
    </li>
  );
}

function Ended({ title, tasks }: { title: string; tasks: readonly TaskView[] }) {
  if (tasks.length === 0) {
    return null;
  }
  return (
    <Section title={title} count={String(tasks.length)}>
      <ul className={`${rows.list} ${styles.list}`}>
        {tasks.map((task) => (
          <Ready key={task.id} task={task} />
        ))}
      </ul>
    </Section>
  );
}

function Ready({ task }: { task: TaskView }) {
  const actions = useActions().forTask(task);
  const card = useCardOf(task.id);
  const diffstat = useDiffstat(task.id, card);
  const checked = task.detail.name === "ready" ? strings.landing[task.detail.verdict] : "";
  const verdict = task.by_hand ? strings.conflict.byHand : checked;
  return (
    <li className={styles.item}>
      <Glyph name={isRed(task) ? "bad" : "ready"} />
      <div className="grow">
        <p className={styles.title}>{drawn(task.title)}</p>
        <p className={`${styles.facts} num`}>
          {diffstat ? (
            <>
              {strings.landing.files(diffstat.count)}{" "}
              <Stat added={diffstat.added} removed={diffstat.removed} />
              {strings.separator}
            </>
          ) : null}
          {verdict}
        </p>
      </div>
      <div className={styles.acts}>
        <ActionButton action={pickAction(actions, isRed(task) ? "restart" : "land")} tone="plain" />
        {card === null ? null : (
          <Button tone="quiet" onClick={() => jumpTo(card)}>
            {strings.now.open}
          </Button>
        )}
      </div>
    </li>
  );
}
