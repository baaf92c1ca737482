import type { Failure } from "../ipc/generated/protocol";
import { capital } from "./capital";
import { visibleProse } from "./visible";

/** What happened, without a full stop, so that it can stand among other parts of a line. */
export function failureLine(failure: Failure): string {
  return sentence(failure.message);
}

/** A sentence without its full stop. */
export function sentence(text: string): string {
  return visibleProse(capital(text.trim().replace(/[.。]$/, "")));
}

/** What happened and what to do, as sentences. */
export function failureText(failure: Failure): string {
  const words = [failure.message, failure.hint]
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .map((part) => (/[.。?？!]$/.test(part) ? part : `${part}.`))
    .join(" ");
  return visibleProse(words);
}
