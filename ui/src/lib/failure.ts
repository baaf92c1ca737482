import type { Failure } from "../ipc/generated/protocol";

/** What happened, without a full stop, so that it can stand among other parts of a line. */
export function failureLine(failure: Failure): string {
  const message = failure.message.trim().replace(/[.。]$/, "");
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** What happened and what to do, as sentences. */
export function failureText(failure: Failure): string {
  return [failure.message, failure.hint]
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .map((part) => (/[.。?？!]$/.test(part) ? part : `${part}.`))
    .join(" ");
}
