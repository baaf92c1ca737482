import type { Answer, Question } from "../../ipc/generated/protocol";
import { visible } from "../../lib/visible";
import { strings } from "../../strings/strings";

/** One of the answers that a question offers. */
export interface Offered {
  answer: Answer;
  label: string;
  tone: "primary" | "danger" | "plain";
}

/** The tool by which an agent asks in its own words. */
const ASK = "ask";

/** An approval as a question that ends in a question mark. Nothing in it hides. */
export function questionWords(question: Question, title: string): string {
  return visible(asked(question, title));
}

function asked(question: Question, title: string): string {
  switch (question.kind) {
    case "host":
      return strings.need.host(question.host);
    case "act":
      switch (question.tool) {
        case "execute":
          return strings.need.act.execute;
        case "edit":
        case "write":
          return strings.need.act.edit;
        case ASK:
          return strings.need.act.ask;
        default:
          return strings.need.act.other(question.tool);
      }
    case "land":
      return question.keeps ? strings.need.landKeeping[question.keeps.side](title) : strings.need.land(title);
    case "branch":
      return strings.outgoing.need.branch(title, question.branch);
    case "push":
      return question.push.number === null
        ? strings.outgoing.need.push(title)
        : strings.outgoing.need.pushFix(title);
    case "discard":
      return strings.need.discard(title);
    case "reduced":
      return strings.need.reduced;
  }
}

/** What the words of an action are: what it runs, what it asks, what it does. */
export function actName(tool: string): string {
  return tool === "execute" ? strings.need.runs : tool === ASK ? strings.need.wantsToKnow : strings.need.does;
}

/** What a question offers, from left to right. An answer that goes beyond this question says how far. */
export function answersTo(question: Question): Offered[] {
  const { need } = strings;
  const offered = (answer: Answer, label: string, tone: Offered["tone"] = "plain") => ({
    answer,
    label,
    tone,
  });
  switch (question.kind) {
    case "land":
      return [offered("allow", need.land1, "primary"), offered("deny", need.notNow)];
    case "branch":
      return [offered("allow", strings.outgoing.branchSend, "primary"), offered("deny", need.notNow)];
    case "discard":
      return [offered("allow", need.discard1, "danger"), offered("deny", need.notNow)];
    case "push":
      return [
        offered("allow", strings.outgoing.need.pushOnce, "primary"),
        offered("allow_for_task", strings.outgoing.need.pushFreely),
        offered("deny", need.notNow),
      ];
    case "reduced":
      return [
        offered("allow", need.allow, "primary"),
        offered("allow_for_project", need.allowForProject),
        offered("deny", need.deny),
      ];
    case "host":
      return [
        offered("allow", need.allow, "primary"),
        offered("allow_for_task", need.allowForTask),
        offered("deny", need.deny),
      ];
    case "act":
      // A yes says nothing about what an agent asks next.
      if (question.tool === ASK) {
        return [offered("allow", need.yes, "primary"), offered("deny", need.no)];
      }
      return [
        offered("allow", need.allow, "primary"),
        offered("allow_for_task", need.allowAll(visible(question.tool))),
        offered("deny", need.deny),
      ];
  }
}

/** Whether `questionWords` say all that is asked, so that it can be allowed without its card. */
export function isSaidWhole(question: Question): boolean {
  return question.kind === "host";
}
