/** Recorded journals: JSON lines, each an update with the time it waits for, or an answer to a question. */
import type { Question } from "../bridge";
import type { Update } from "../generated/protocol";

export type Line =
  /** First: what time it is, and where we are. */
  | { now: string; facts?: Record<string, unknown>; draft?: string }
  /** An update, `wait` milliseconds after the line before it. Those that wait for nothing have happened before. */
  | { wait: number; update: Update }
  /** What a question about a task is answered with. */
  | {
      answer: Exclude<Question["kind"], "history" | "tasks" | "draft" | "facts" | "agents">;
      task: string;
      value: unknown;
    };

export function parseJournal(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));
}
