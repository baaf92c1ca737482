/** Recorded journals: JSON lines, each an update with the time it waits for, or an answer to a question. */
import type { Question } from "../bridge";
import type { AgentFound, Update } from "../generated/protocol";

export type Line =
  /** First: what time it is, where we are, and which agents of others were found. */
  | { now: string; facts?: Record<string, unknown>; draft?: string; agents?: AgentFound[] }
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
