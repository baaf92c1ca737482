/** Comments on lines of a task's diff: gathered while a person reads, then said to its agent all at once. */
import { create } from "zustand";
import type { TaskId } from "../ipc/generated/protocol";

export interface Comment {
  path: string;
  /** Which text the line is of: a removed line is only in the one before. */
  side: "before" | "after";
  /** Counted from one. */
  line: number;
  /** What stands there. */
  code: string;
  text: string;
}

interface Comments {
  kept: Readonly<Record<TaskId, readonly Comment[]>>;
}

export const useComments = create<Comments>(() => ({ kept: {} }));

const NONE: readonly Comment[] = [];

/** A task's comments, as they were written. */
export function useCommentsOf(task: TaskId | undefined): readonly Comment[] {
  return useComments((state) => (task === undefined ? NONE : (state.kept[task] ?? NONE)));
}

function place(comment: Comment): string {
  return `${comment.side}:${comment.line}:${comment.path}`;
}

/** Keeps a comment; there is one on a line, and an empty one is none. */
export function keepComment(task: TaskId, comment: Comment): void {
  useComments.setState(({ kept }) => {
    const others = (kept[task] ?? []).filter((other) => place(other) !== place(comment));
    const all = comment.text.trim() === "" ? others : [...others, comment];
    return { kept: { ...kept, [task]: all } };
  });
}

export function dropComments(task: TaskId): void {
  useComments.setState(({ kept }) => {
    const { [task]: _, ...others } = kept;
    return { kept: others };
  });
}

/** What the agent is told. The code is quoted: it may hold anything, and was not said by the person. */
export function commentWords(comments: readonly Comment[]): string {
  const inOrder = [...comments].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
  const one = ({ path, side, line, code, text }: Comment) =>
    `${path}:${line}${side === "before" ? " (removed)" : ""}\n> ${code.trim()}\n${text.trim()}`;
  return inOrder.map(one).join("\n\n");
}
