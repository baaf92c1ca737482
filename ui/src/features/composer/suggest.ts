/** What the composer offers while `/` or `@` is being written. */
import type { TaskView } from "../../ipc/generated/protocol";
import { whoOf } from "../../parts/task/words";
import { strings } from "../../strings/strings";

export interface Suggestion {
  title: string;
  hint: string;
  /** What stands in place of what was written so far. */
  insert: string;
  /** Where what was written so far begins and ends. */
  from: number;
  to: number;
  /** Whether all of it is written already, so that Enter sends. */
  complete: boolean;
  mono: boolean;
}

const SHOWN = 6;
const COMMANDS = ["scan", "find", "run", "help"] as const;
const TAKES_MORE = new Set<string>(["find", "run"]);

export function suggest(
  text: string,
  caret: number,
  tasks: readonly TaskView[],
  model: boolean,
): Suggestion[] {
  const command = /^\/(\w*)$/.exec(text.slice(0, caret));
  if (command && caret === text.length) {
    const written = command[1] ?? "";
    return COMMANDS.filter((name) => name.startsWith(written)).map((name) => ({
      title: name,
      hint: strings.commands[name],
      insert: TAKES_MORE.has(name) ? `${name} ` : name,
      from: 0,
      to: caret,
      complete: false,
      mono: true,
    }));
  }
  const mention = /(?:^|\s)@([^@\n]{0,40})$/.exec(text.slice(0, caret));
  if (mention && model) {
    const written = (mention[1] ?? "").toLowerCase();
    const from = caret - (mention[1] ?? "").length - 1;
    return tasks
      .toReversed()
      .filter(
        (task) =>
          task.title.toLowerCase().startsWith(written) &&
          !`${written} `.startsWith(`${task.title.toLowerCase()} `),
      )
      .slice(0, SHOWN)
      .map((task) => ({
        title: task.title,
        hint: whoOf(task).join(strings.separator),
        insert: `@${task.title} `,
        from,
        to: caret,
        complete: false,
        mono: false,
      }));
  }
  return [];
}

/** The text after a suggestion was taken, and where the caret stands then. */
export function accept(text: string, suggestion: Suggestion): { text: string; caret: number } {
  const head = text.slice(0, suggestion.from) + suggestion.insert;
  return { text: head + text.slice(suggestion.to).replace(/^ /, ""), caret: head.length };
}

/** A text split at the tasks it mentions. */
export function taskMentions(text: string, tasks: readonly TaskView[]): { text: string; mention: boolean }[] {
  if (!text.includes("@") || tasks.length === 0) {
    return [{ text, mention: false }];
  }
  const titles = tasks.map((task) => task.title).sort((a, b) => b.length - a.length);
  const parts: { text: string; mention: boolean }[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const title = text[at] === "@" ? titles.find((each) => text.startsWith(each, at + 1)) : undefined;
    if (title === undefined) {
      plain += text[at];
      at += 1;
    } else {
      parts.push({ text: plain, mention: false }, { text: `@${title}`, mention: true });
      plain = "";
      at += title.length + 1;
    }
  }
  parts.push({ text: plain, mention: false });
  return parts.filter((part) => part.text !== "");
}
