/** A task's state as it stands on its row: which glyph, which words, and how loud. */

import type {
  Activity,
  AttemptId,
  Clash,
  ClashWith,
  Held,
  TaskState,
  TaskView,
} from "../../ipc/generated/protocol";
import { capital } from "../../lib/capital";
import { failureLine, sentence } from "../../lib/failure";
import { timeOfDay } from "../../lib/time";
import { timeOf } from "../../lib/uuid";
import { strings } from "../../strings/strings";
import type { GlyphName } from "../../ui/Glyph";
import { type QuotaWords, quotaWords } from "../agent/quota";
import { sideOf } from "../pull_request/words";

const words = strings.task.state;
/** The agent whose activity is what its command writes. */
const COMMAND = "command";

export interface RowWords {
  glyph: GlyphName;
  /** The part of its steps that is done, for the ring. */
  part: number;
  /** The second line; null for rows of one line. */
  line: string | null;
  /** What stands on the right when there are no steps. */
  side: string | null;
  tone: "plain" | "need" | "bad";
  /** Since when an attempt is under way, in milliseconds since 1970. */
  since: number | null;
}

/** The agent that does a task, and the one it was handed over from. */
export function agentOf(task: TaskView): string {
  const agent = strings.task.agent(task.agent);
  return task.before ? strings.task.agentAfter(agent, strings.task.agent(task.before)) : agent;
}

/** Who does a task, in words. */
export function whoOf(task: TaskView): string[] {
  return [strings.task.role(task.role), agentOf(task)];
}

/** How far it is kept apart, in words; null until an attempt ran. */
export function isolationOf(task: TaskView): string | null {
  return task.isolation === null ? null : strings.task.isolation(task.isolation);
}

/** That its agent can read its own login; null if it cannot. */
export function loginOf(task: TaskView): string | null {
  return task.reads_login ? strings.task.readsLogin : null;
}

/** The title of another task, as far as it is known. */
export type TitleOf = (id: string) => string;

/** What its work will collide with and where, in words; null if with nothing. */
export function clashesOf(task: TaskView, titleOf: TitleOf): string | null {
  const line = ({ with: other, paths, more }: Clash): string => {
    const places = paths.join(strings.comma);
    return strings.task.collides(
      otherOf(other, titleOf),
      more > 0 ? strings.task.andMore(places, more) : places,
    );
  };
  return task.clashes.length === 0 ? null : task.clashes.map(line).join(strings.separator);
}

function otherOf(other: ClashWith, titleOf: TitleOf): string {
  switch (other.kind) {
    case "task":
      return other.title || titleOf(other.task);
    case "branch":
      return other.branch;
    case "uncommitted":
      return strings.task.uncommitted;
  }
}

/** What is left of its agent's account; null while nothing is known. */
export function quotaOf(task: TaskView, activity: Activity, at: number): QuotaWords | null {
  return quotaWords(task.agent, activity.quota ?? [], at);
}

export function rowWords(task: TaskView, activity: Activity | undefined, titleOf: TitleOf): RowWords {
  const state = task.detail;
  const part = activity && activity.steps > 0 ? activity.steps_done / activity.steps : 0;
  const row: RowWords = {
    glyph: glyphOf(state),
    part,
    line: null,
    side: null,
    tone: "plain",
    since: null,
  };
  switch (state.name) {
    case "waiting":
      return { ...row, side: after(state.on, titleOf) };
    case "queued":
      return { ...row, side: words.queued };
    case "running":
      return { ...row, line: doing(task, activity) ?? words.running, since: begun(state.attempt, task) };
    case "needs_you":
      return { ...row, line: words.needsYou, tone: "need", since: begun(state.attempt, task) };
    case "checking":
      return { ...row, line: doing(task, activity) ?? words.checking, since: begun(state.attempt, task) };
    case "paused":
      return { ...row, line: pausedLine(state.why, state.held) };
    case "stopping":
      return {
        ...row,
        line: stoppingLine(activity),
        side: state.processes === null ? null : strings.task.processes(state.processes),
      };
    case "interrupted":
      return { ...row, line: words.interrupted(sentence(state.reason)) };
    case "ready":
      if (task.by_hand) {
        return { ...row, side: words.byHand };
      }
      if (sideOf(task.pull_request) !== null) {
        return { ...row, side: sideOf(task.pull_request) };
      }
      switch (state.verdict) {
        case "green":
          return { ...row, side: words.ready };
        case "red":
          return { ...row, glyph: "bad", side: words.readyRed, tone: "bad" };
        case "unchecked":
          return { ...row, side: words.readyUnchecked };
        case "untrusted":
          return { ...row, side: words.readyUntrusted };
      }
      return row;
    case "landing":
      return { ...row, side: words.landing };
    case "merging":
      return { ...row, line: words.merging, side: words.landing };
    case "done":
      return { ...row, side: words.done };
    case "landed":
      return {
        ...row,
        side: state.by ? words.landedWith(titleOf(state.by.task)) : words.landed(state.commit.slice(0, 7)),
      };
    case "undoing":
      return { ...row, side: words.undoing };
    case "failed":
      return { ...row, line: failureLine(state.failure), side: words.failed, tone: "bad" };
    case "cancelled":
      return { ...row, side: words.cancelled(state.processes, state.files_kept) };
    case "skipped":
      return { ...row, line: words.skipped(titleOf(state.dependency)) };
    case "discarded":
      return { ...row, side: words.discarded };
  }
}

export function glyphOf(state: TaskState): GlyphName {
  switch (state.name) {
    case "waiting":
      return "after";
    case "queued":
      return "lease";
    case "running":
    case "checking":
    case "landing":
    case "merging":
    case "undoing":
      return "running";
    case "needs_you":
      return "need";
    case "paused":
    case "interrupted":
      return "paused";
    case "stopping":
      return "stopping";
    case "ready":
      return state.verdict === "red" ? "bad" : "ready";
    case "done":
    case "landed":
      return "done";
    case "failed":
      return "bad";
    case "cancelled":
    case "discarded":
    case "skipped":
      return "cancelled";
  }
}

/** The task that brings its work and the branch together, unless that came to nothing. */
export function liveFollowUp(
  task: TaskView | undefined,
  followUp: TaskView | undefined,
): TaskView | undefined {
  const is = followUp !== undefined && task?.follow_up === followUp.id;
  return is && !CAME_TO_NOTHING.has(followUp.detail.name) ? followUp : undefined;
}

const CAME_TO_NOTHING = new Set<TaskState["name"]>(["failed", "cancelled", "skipped", "discarded"]);

/** Whether nothing happens to it any more unless a person acts. */
export function isOver(state: TaskState): boolean {
  switch (state.name) {
    case "ready":
    case "done":
    case "landed":
    case "failed":
    case "cancelled":
    case "skipped":
    case "discarded":
      return true;
    default:
      return false;
  }
}

/** Whether an attempt is under way and moving. */
export function isMoving(state: TaskState): boolean {
  switch (state.name) {
    case "running":
    case "checking":
    case "landing":
    case "merging":
    case "undoing":
      return true;
    default:
      return false;
  }
}

function begun(attempt: AttemptId, task: TaskView): number {
  return timeOf(attempt) ?? Date.parse(task.created_at);
}

function after(on: readonly string[], titleOf: TitleOf): string {
  return on.length === 0 ? words.waiting : strings.task.after(on.map(titleOf).join(strings.comma));
}

function pausedLine(why: Extract<TaskState, { name: "paused" }>["why"], held: Held): string {
  if (why.cause === "limit") {
    const next = why.next_try_at;
    const tried = next === null ? null : words.nextTry(timeOfDay(Date.parse(next)));
    return [failureLine(why.failure), tried].filter((part) => part !== null).join(strings.separator);
  }
  if (why.cause === "reached") {
    return words.reached(words.limits[why.limit.which](why.limit.most));
  }
  switch (held.kind) {
    case "not_started":
      return words.pausedNotStarted;
    case "frozen":
      return words.frozen(held.processes);
    case "worktree":
      return words.worktreeKept;
  }
}

/** What an agent says it does, as a sentence begins. A command's own output is left as it is. */
function doing(task: TaskView, activity: Activity | undefined): string | null {
  if (!activity?.line) {
    return null;
  }
  return task.agent === COMMAND ? activity.line : capital(activity.line);
}

/** That it stands still, and what it keeps as far as that is known. */
function stoppingLine(activity: Activity | undefined): string {
  const { steps = 0, steps_done = 0, files = 0 } = activity ?? {};
  const parts = [
    steps > 0 ? words.keptSteps(steps_done, steps) : null,
    files > 0 ? words.keptFiles(files) : null,
  ].filter((part) => part !== null);
  const kept = parts.length === 0 ? null : words.kept(parts, files > 0 ? files : steps_done);
  return [words.frozenNow, kept].filter((part) => part !== null).join(strings.separator);
}
