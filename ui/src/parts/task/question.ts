import type { Question } from "../../ipc/generated/protocol";
import { strings } from "../../strings/strings";

/** An approval as a question that ends in a question mark. */
export function questionWords(question: Question, title: string): string {
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
