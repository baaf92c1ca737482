import { Fragment } from "react";
import { useTasksOf } from "../../../ipc/context";
import type { Message, MessageBody, TaskView } from "../../../ipc/generated/protocol";
import { pickAction, useActions } from "../../../lib/actions";
import { timeOfDay } from "../../../lib/time";
import { useOpen } from "../../../lib/window";
import { Prose } from "../../../parts/task/TaskPanel";
import { TaskRows } from "../../../parts/task/TaskRow";
import { isOver } from "../../../parts/task/words";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { IconButton } from "../../../ui/Button";
import { Acts, Card, Fold, Foot, Head, Kind, Right } from "../../../ui/Card";
import { Glyph, type GlyphName } from "../../../ui/Glyph";
import { Icon } from "../../../ui/icons";
import { drawn, drawnProse } from "../../../ui/Visible";
import styles from "./PlanCard.module.css";

type PlanBody = Extract<MessageBody, { kind: "plan" }>;

/** A plan and its tasks. Finished, it folds to one line. */
export function PlanCard({ message, body }: { message: Message; body: PlanBody }) {
  const tasks = useTasksOf(body.tasks);
  const over = tasks.length > 0 && tasks.every((task) => isOver(task.detail));
  const [open, toggle] = useOpen(`plan:${message.id}`, false);
  if (over && !open) {
    return <FoldedPlan at={message.at} tasks={tasks} unfold={toggle} />;
  }
  return <OpenPlan message={message} body={body} tasks={tasks} fold={over ? toggle : null} />;
}

function ended(tasks: readonly TaskView[], ...names: TaskView["detail"]["name"][]): number {
  return tasks.filter((task) => names.includes(task.detail.name)).length;
}

function FoldedPlan({ at, tasks, unfold }: { at: string; tasks: readonly TaskView[]; unfold: () => void }) {
  const done = ended(tasks, "done", "landed", "ready");
  const toLand = ended(tasks, "ready");
  const failed = ended(tasks, "failed");
  const cancelled = ended(tasks, "cancelled", "discarded", "skipped");
  const parts = [
    done > 0 ? strings.plan.allDone(done) : null,
    toLand > 0 ? strings.plan.toLand(toLand) : null,
    failed > 0 ? strings.plan.failed(failed) : null,
    cancelled > 0 ? strings.plan.cancelled(cancelled) : null,
  ].filter((part) => part !== null);
  const glyph: GlyphName = failed > 0 ? "bad" : done > 0 ? "done" : "cancelled";
  return (
    <Fold label={strings.plan.kind}>
      <Glyph name={glyph} />
      <Kind>{strings.plan.kind}</Kind>
      <span className="cut">{parts.join(strings.comma)}</span>
      <Right>
        <time dateTime={at}>{timeOfDay(Date.parse(at))}</time>
        <IconButton label={strings.plan.unfold} onClick={unfold}>
          <Icon name="right" />
        </IconButton>
      </Right>
    </Fold>
  );
}

interface OpenProps {
  message: Message;
  body: PlanBody;
  tasks: readonly TaskView[];
  fold: (() => void) | null;
}

function OpenPlan({ message, body, tasks, fold }: OpenProps) {
  const actions = useActions();
  const [why, toggleWhy] = useOpen(`why:${message.id}`);
  const [showDone, toggleDone] = useOpen(`done:${message.id}`, fold !== null);
  const done = tasks.filter((task) => task.detail.name === "done" || task.detail.name === "landed");
  const rows = showDone ? tasks : tasks.filter((task) => !done.includes(task));
  const from = tasks.find((task) => task.from !== null)?.from;
  const verbs = actions.forTasks(tasks);
  const head = [strings.plan.tasks(tasks.length), done.length > 0 ? strings.plan.done(done.length) : null];
  return (
    <Card label={strings.plan.kind}>
      <Head>
        <Kind>{strings.plan.kind}</Kind>
        {fold || done.length > 0 ? (
          <button
            type="button"
            className={styles.toggle}
            aria-expanded={showDone}
            aria-label={fold ? strings.plan.fold : showDone ? strings.plan.hideDone : strings.plan.showDone}
            onClick={fold ?? toggleDone}
          >
            {head.filter((part) => part !== null).join(strings.comma)}
            <Icon name={showDone ? "down" : "right"} />
          </button>
        ) : (
          <span>{head.filter((part) => part !== null).join(strings.comma)}</span>
        )}
        {from ? (
          <Right>
            <span className="cut">{drawn(strings.plan.from(from))}</span>
          </Right>
        ) : null}
      </Head>
      <TaskRows ids={rows.map((task) => task.id)} />
      {why ? <Why reason={body.reason} tasks={tasks} /> : null}
      <Foot>
        <button type="button" className={styles.toggle} aria-expanded={why} onClick={toggleWhy}>
          {strings.plan.why(tasks.length)}
          <Icon name={why ? "right" : "down"} className={why ? styles.up : undefined} />
        </button>
        {verbs.length > 0 ? (
          <Acts>
            <ActionButton action={pickAction(verbs, "resume")} tone="quiet" />
            <ActionButton action={pickAction(verbs, "pause")} tone="quiet" />
            <ActionButton action={pickAction(verbs, "cancel")} tone="quiet" />
          </Acts>
        ) : null}
      </Foot>
    </Card>
  );
}

/** Why these tasks, and why each is done by whom it is done. */
function Why({ reason, tasks }: { reason: string; tasks: readonly TaskView[] }) {
  return (
    <div className={styles.why}>
      <Prose text={reason} />
      <dl>
        {tasks.map((task) => (
          <Fragment key={task.id}>
            <dt>{drawn(task.title)}</dt>
            <dd>{drawnProse(task.reason)}</dd>
          </Fragment>
        ))}
      </dl>
    </div>
  );
}
