/** What the store asks of single entries. */
import type { Failure, Message, MessageBody } from "./generated/protocol";

/** The failure an entry shows, if it shows one. */
export function failureOn(body: MessageBody): Failure | null {
  switch (body.kind) {
    case "notice":
      return body.failure;
    case "reply":
      return body.state.name === "broken" ? body.state.failure : null;
    case "landing":
      return body.outcome.name === "refused" || body.outcome.name === "stands" ? body.outcome.failure : null;
    default:
      return null;
  }
}

export function isSame(a: Failure | null, b: Failure): boolean {
  return a !== null && a.code === b.code && a.message === b.message;
}

/** Whether updates have brought more of a reply than a page that was read meanwhile. */
export function isAhead(known: Message, read: Message): boolean {
  return (
    known.body.kind === "reply" &&
    read.body.kind === "reply" &&
    read.body.state.name === "streaming" &&
    known.body.text.length > read.body.text.length &&
    known.body.text.startsWith(read.body.text)
  );
}
