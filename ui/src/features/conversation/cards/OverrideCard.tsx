import { useAmpersand, useOrder, useTasksOf } from "../../../ipc/context";
import type { Message, MessageBody, MessageId, TaskId, TaskView } from "../../../ipc/generated/protocol";
import type { Conversation } from "../../../ipc/store";
import { pickAction, useActions } from "../../../lib/actions";
import { now } from "../../../lib/clock";
import { TaskRows } from "../../../parts/task/TaskRow";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { Button } from "../../../ui/Button";
import { About, Acts, Card, Fold, Foot, Head, Kind, Right } from "../../../ui/Card";
import { secondsLeft, Ticking } from "../../../ui/Elapsed";
import { Glyph, type GlyphName } from "../../../ui/Glyph";
import { Icon } from "../../../ui/icons";

type OverrideBody = Extract<MessageBody, { kind: "override" }>;

/** An override as it stands now: stopping with Undo, then one line that says what the system confirmed. */
export function OverrideCard({ message, body }: { message: Message; body: OverrideBody }) {
  const { conversation } = useAmpersand();
  useOrder();
  const all = useTasksOf(body.tasks);
  // What was taken stays taken, whatever is asked of the task later.
  if (body.verb === "narrow") {
    return <Over message={message} body={body} tasks={all} />;
  }
  const undone = body.outcome.name === "undone" ? body.outcome.tasks : [];
  const tasks = all.filter((task) => !undone.includes(task.id));
  if (undone.length > 0 && tasks.length === 0) {
    return <Undone tasks={all} />;
  }
  if (tasks.length > 0 && tasks.every((task) => newestOverride(conversation, task.id) !== message.id)) {
    return <Past body={body} tasks={tasks} />;
  }
  const stopping = tasks.filter((task) => task.detail.name === "stopping");
  if (body.verb === "cancel" && stopping.length > 0) {
    return <Stopping body={body} tasks={stopping} />;
  }
  if (body.verb === "cancel" && !tasks.some((task) => task.detail.name === "cancelled")) {
    return <Past body={body} tasks={tasks} />;
  }
  return <Over message={message} body={body} tasks={tasks} />;
}

/** The override that a task's state comes from; older ones say only what was asked. */
function newestOverride(conversation: Conversation, task: TaskId): MessageId | null {
  return (
    conversation.messageOrder().findLast((id) => {
      const body = conversation.message(id)?.body;
      return body?.kind === "override" && body.verb !== "narrow" && body.tasks.includes(task);
    }) ?? null
  );
}

/** What is taken from any of them by now: taken once, it is never given back. */
function takenFrom(tasks: readonly TaskView[]): string {
  const taken = new Set(tasks.flatMap((task) => task.taken));
  return [...taken].map((what) => strings.task.narrowing[what]).join(strings.separator);
}

function about(tasks: readonly TaskView[]): string {
  return tasks.length <= 2
    ? tasks.map((task) => task.title).join(strings.comma)
    : strings.override.tasks(tasks.length);
}

/** Taken back. What became of its tasks later stands on other cards. */
function Undone({ tasks }: { tasks: readonly TaskView[] }) {
  return (
    <Fold label={strings.override.undone}>
      <Glyph name="plain" />
      <Kind>{strings.override.undone}</Kind>
      <About title={about(tasks)} />
    </Fold>
  );
}

function Past({ body, tasks }: { body: OverrideBody; tasks: readonly TaskView[] }) {
  const verb = body.verb === "pause" || body.verb === "resume" || body.verb === "cancel" ? body.verb : null;
  const kind = verb === null ? body.verb : strings.task.verbs[verb];
  return (
    <Fold label={kind}>
      <Glyph name="plain" />
      <Kind>{kind}</Kind>
      <About title={about(tasks)} state={strings.override.later} />
    </Fold>
  );
}

function killsAt(tasks: readonly TaskView[]): string | null {
  const times = tasks.flatMap((task) => (task.detail.name === "stopping" ? [task.detail.kills_at] : []));
  return times.sort()[0] ?? null;
}

function Stopping({ body, tasks }: { body: OverrideBody; tasks: readonly TaskView[] }) {
  const actions = useActions().forTasks(tasks);
  const until = killsAt(tasks);
  const undo = pickAction(actions, "undo");
  return (
    <Card label={strings.override.stopping}>
      <Head>
        <Kind>{strings.override.stopping}</Kind>
        <span className="num">
          {body.frozen_in_ms === null
            ? strings.override.tasks(tasks.length)
            : strings.override.frozenIn(tasks.length, body.frozen_in_ms)}
        </span>
      </Head>
      <TaskRows ids={tasks.map((task) => task.id)} menu={false} />
      <Foot>
        <Acts>
          {undo ? (
            <Button onClick={undo.run}>
              <Icon name="undo" />
              <Ticking className="num" words={() => strings.task.verbs.undoIn(secondsLeft(until, now()))} />
            </Button>
          ) : null}
          <ActionButton action={pickAction(actions, "stop_now")} tone="quiet" />
        </Acts>
      </Foot>
    </Card>
  );
}

function Over({
  message,
  body,
  tasks,
}: {
  message: Message;
  body: OverrideBody;
  tasks: readonly TaskView[];
}) {
  const actions = useActions().forTasks(tasks);
  const cancelled = tasks.flatMap((task) => (task.detail.name === "cancelled" ? [task.detail] : []));
  const paused = tasks.filter((task) => task.detail.name === "paused");
  let glyph: GlyphName = "plain";
  let kind: string = strings.override.resumed;
  let state: string | null = null;
  let verb: string | null = null;
  if (body.verb === "cancel") {
    glyph = "cancelled";
    kind = strings.override.cancelled;
    const sum = (read: (each: (typeof cancelled)[number]) => number) =>
      cancelled.reduce((total, each) => total + read(each), 0);
    state = strings.override.gone(
      sum((each) => each.processes),
      sum((each) => each.files_kept),
    );
    verb = "restart";
  } else if (body.verb === "pause") {
    glyph = "paused";
    kind = paused.length > 0 || tasks.length === 0 ? strings.override.paused : strings.override.resumed;
    verb = "resume";
  } else if (body.verb === "resume") {
    glyph = "running";
  } else if (body.verb === "narrow") {
    kind = strings.override.narrowed;
    state = takenFrom(tasks);
  }
  return (
    <Fold label={kind}>
      <Glyph name={glyph} />
      <Kind>{kind}</Kind>
      <About title={about(tasks)} state={state} />
      <Right>
        <time dateTime={message.at} className="heard" />
        {verb ? <ActionButton action={pickAction(actions, verb)} tone="link" /> : null}
      </Right>
    </Fold>
  );
}
