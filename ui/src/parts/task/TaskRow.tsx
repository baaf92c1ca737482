import { memo, type ReactNode, useCallback, useRef } from "react";
import { useActivity, useAmpersand, useTask } from "../../ipc/context";
import type { Activity, TaskId, TaskView } from "../../ipc/generated/protocol";
import { pickAction, useActions } from "../../lib/actions";
import { capital } from "../../lib/capital";
import { now } from "../../lib/clock";
import { visible } from "../../lib/visible";
import { useWindow } from "../../lib/window";
import { strings } from "../../strings/strings";
import { ActionButton } from "../../ui/ActionButton";
import { Elapsed } from "../../ui/Elapsed";
import { Glyph } from "../../ui/Glyph";
import { ActionMenu } from "../../ui/Menu";
import { drawn } from "../../ui/Visible";
import { TaskPanel } from "./TaskPanel";
import styles from "./TaskRow.module.css";
import {
  clashesOf,
  isolationOf,
  loginOf,
  quotaOf,
  type RowWords,
  rowWords,
  type TitleOf,
  whoOf,
} from "./words";

/** Nothing calls for a person in this tier, whatever is said of it after the comma. */
const SANDBOXED = /^sandboxed(, |$)/;
/** What stands before a command in an activity line. */
const RUNNING = "Running ";

/** The titles of tasks as far as they are known. */
export function useTitleOf(): TitleOf {
  const { conversation } = useAmpersand();
  return (id) => visible(conversation.task(id)?.title ?? id.slice(0, 8));
}

/** One task: live, in place. `menu` is left out where its verbs stand elsewhere on the card. */
export const TaskRow = memo(function TaskRow({ id, menu = true }: { id: TaskId; menu?: boolean }) {
  const task = useTask(id);
  const actions = useActions();
  const panel = useWindow((state) => state.panels[id]);
  const offered = useCallback(() => (task ? actions.forTask(task) : []), [actions, task]);
  if (!task) {
    return null;
  }
  return (
    <Live
      task={task}
      head={
        <div className={styles.line}>
          <span className={styles.title} title={visible(task.title)}>
            {drawn(task.title)}
          </span>
          <span className={styles.meta}>{drawn(metaOf(task))}</span>
        </div>
      }
      menu={menu ? <ActionMenu label={strings.task.more(visible(task.title))} actions={offered} /> : null}
      below={
        <>
          {task.address === undefined ? null : (
            <div className={styles.address}>
              <ActionButton action={pickAction(actions.forTask(task), "open_app")} icon />
              <span className={`${styles.mono} cut`}>{drawn(task.address)}</span>
            </div>
          )}
          {panel ? <TaskPanel task={task} panel={panel} /> : null}
        </>
      }
    />
  );
});

interface LiveProps {
  task: TaskView;
  head: ReactNode;
  menu: ReactNode;
  below: ReactNode;
}

/** What of a row follows what the task is doing; the rest is handed in, and stays as it is meanwhile. */
function Live({ task, head, menu, below }: LiveProps) {
  const row = useRef<HTMLLIElement>(null);
  const activity = useActivity(task.id, row);
  const titleOf = useTitleOf();
  const words = rowWords(task, activity, titleOf);
  const second = secondLine(task, words, titleOf);
  const goingOn = words.since === null ? undefined : activity;
  const quota = goingOn ? quotaOf(task, goingOn, now()) : null;
  const spent = goingOn ? spentWords(goingOn) : "";
  // What a task costs stands beside the second line; where it does not, the line may have all of the width.
  const hasBeside = spent !== "" || quota !== null;
  const place = hasBeside ? styles.sub : `${styles.sub} ${styles.over}`;
  return (
    <li ref={row}>
      <div className={menu ? styles.row : `${styles.row} ${styles.bare}`}>
        <span className={styles.glyph}>
          <Glyph name={words.glyph} part={words.part} />
        </span>
        {head}
        {second ? <div className={`${place} ${styles[words.tone]} cut`}>{second}</div> : null}
        <Side words={words} activity={activity} />
        {second && hasBeside ? (
          <div className={`${styles.spent} num`} title={quota?.all}>
            {spent}
            {quota ? (
              <span className={styles.quota}>
                {spent === "" ? null : strings.separator}
                {quota.line}
              </span>
            ) : null}
          </div>
        ) : null}
        {menu}
      </div>
      {below}
    </li>
  );
}

function isSandboxed(task: TaskView): boolean {
  return task.isolation !== null && SANDBOXED.test(task.isolation);
}

function metaOf(task: TaskView): string {
  const isolation = isSandboxed(task) ? isolationOf(task) : null;
  return [...whoOf(task), isolation].filter((part) => part !== null).join(strings.separator);
}

/** What calls for a person goes first, in the colour that says so: less than "sandboxed", and what it will collide with. */
function secondLine(task: TaskView, words: RowWords, titleOf: TitleOf): ReactNode {
  const weak = isSandboxed(task) ? null : isolationOf(task);
  const open = [weak, loginOf(task)].filter((part) => part !== null).join(strings.separator);
  const calls = [open === "" ? null : capital(open), clashesOf(task, titleOf)]
    .filter((part) => part !== null)
    .join(strings.separator);
  if (calls === "") {
    return words.line === null ? null : <ActivityLine line={words.line} />;
  }
  return (
    <>
      <span className={styles.weak}>{drawn(calls)}</span>
      {words.line === null ? null : (
        <>
          {strings.separator}
          <ActivityLine line={words.line} />
        </>
      )}
    </>
  );
}

/** What looks like a path, an address or a command within an activity line is set in the code face. */
export function ActivityLine({ line }: { line: string }) {
  const parts = line.includes("`")
    ? line.split(/`([^`]+)`/)
    : line.split(line.startsWith(RUNNING) ? /(?<=^Running )(.+)/u : /(?<=^\p{Lu}\p{L}+ )(\S*[/.:_]\S*)/u);
  return parts.map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts are drawn in the order of the line.
      <span key={index} className={styles.mono}>
        {drawn(part)}
      </span>
    ) : (
      drawn(part)
    ),
  );
}

function Side({ words, activity }: { words: RowWords; activity: Activity | undefined }) {
  const steps =
    activity && activity.steps > 0 ? strings.task.steps(activity.steps_done, activity.steps) : null;
  const moving = words.since !== null;
  return (
    <div className={`${styles.side} num cut`}>
      {moving ? (
        <>
          {steps}
          <span className={styles.time}>
            <Elapsed since={words.since ?? 0} />
          </span>
        </>
      ) : (
        drawn(words.side ?? steps ?? "")
      )}
    </div>
  );
}

function spentWords(activity: Activity): string {
  return [
    activity.files > 0 ? strings.task.files(activity.files) : null,
    activity.tokens > 0 ? strings.task.tokens(activity.tokens) : null,
  ]
    .filter((part) => part !== null)
    .join(strings.separator);
}

/** Several tasks, one below the other. */
export function TaskRows({ ids, menu = true }: { ids: readonly TaskId[]; menu?: boolean }) {
  return (
    <ul className={styles.tasks}>
      {ids.map((id) => (
        <TaskRow key={id} id={id} menu={menu} />
      ))}
    </ul>
  );
}

/** The one verb of a task that stands on its folded line. */
export function useTaskAction(task: TaskView | undefined, id: string) {
  const actions = useActions();
  return task ? pickAction(actions.forTask(task), id) : undefined;
}
