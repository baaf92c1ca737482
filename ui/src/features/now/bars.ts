/** Tasks over the last hour as bars: which there are, and from when to when. Times are milliseconds since 1970. */
import type { Approval, TaskId, TaskView } from "../../ipc/generated/protocol";
import { timeOf } from "../../lib/uuid";
import { isMoving, isOver } from "../../parts/task/words";

export const HOUR = 3_600_000;
/** More are not looked at, only searched. */
const SHOWN = 8;

/** What a task was doing for a while. */
export interface Stretch {
  doing: "working" | "waiting" | "needs" | "finished";
  from: number;
  to: number;
}

export interface Bar {
  task: TaskId;
  title: string;
  stretches: Stretch[];
}

/** What else is known of a task's times. */
export interface Times {
  /** When it asked, if it waits for an answer. */
  asked: ReadonlyMap<TaskId, Approval["asked_at"]>;
  /** When its result came, if it has come. */
  ended: ReadonlyMap<TaskId, string>;
}

/** The newest tasks that were there in the hour before `now`, in the order they were planned. */
export function barsOf(tasks: readonly TaskView[], times: Times, now: number): Bar[] {
  return tasks
    .map((task) => ({ task: task.id, title: task.title, stretches: stretchesOf(task, times, now) }))
    .map((bar) => ({ ...bar, stretches: within(bar.stretches, now - HOUR, now) }))
    .filter((bar) => bar.stretches.length > 0)
    .slice(-SHOWN);
}

function stretchesOf(task: TaskView, times: Times, now: number): Stretch[] {
  const planned = Date.parse(task.created_at);
  const ended = times.ended.get(task.id);
  if (isOver(task.detail)) {
    return ended === undefined ? [] : [{ doing: "finished", from: planned, to: Date.parse(ended) }];
  }
  const { detail } = task;
  const begun = "attempt" in detail ? timeOf(detail.attempt) : null;
  const asked = times.asked.get(task.id);
  if (begun === null || !(isMoving(detail) || asked !== undefined)) {
    return [{ doing: "waiting", from: planned, to: now }];
  }
  const stops = asked === undefined ? now : Date.parse(asked);
  return [
    { doing: "waiting", from: planned, to: begun },
    { doing: "working", from: begun, to: stops },
    { doing: "needs", from: stops, to: now },
  ];
}

function within(stretches: readonly Stretch[], from: number, to: number): Stretch[] {
  return stretches
    .map((each) => ({ ...each, from: Math.max(each.from, from), to: Math.min(each.to, to) }))
    .filter((each) => each.to > each.from);
}
