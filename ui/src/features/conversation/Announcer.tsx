import { useEffect, useState } from "react";
import { useAmpersand } from "../../ipc/context";
import type { MessageBody, MessageId } from "../../ipc/generated/protocol";
import type { Conversation } from "../../ipc/store";
import { failureText } from "../../lib/failure";
import { visibleProse } from "../../lib/visible";
import { headlineOf } from "../../parts/pull_request/words";
import { questionWords } from "../../parts/task/question";
import { strings } from "../../strings/strings";

/** Says finished things for whoever listens: whole blocks of a reply and new cards, never single words. */
export function Announcer() {
  const { conversation } = useAmpersand();
  const [words, setWords] = useState("");
  useEffect(() => {
    const heard = new Map<MessageId, number>();
    for (const id of conversation.messageOrder()) {
      heard.set(id, Number.POSITIVE_INFINITY);
    }
    const stops = new Map<MessageId, () => void>();
    const listen = (id: MessageId) => {
      const next = finished(conversation, id);
      const before = heard.get(id) ?? 0;
      if (next.length > before) {
        heard.set(id, next.length);
        setWords(next.slice(before).trim());
      }
      const body = conversation.message(id)?.body;
      if (body?.kind !== "reply" || body.state.name !== "streaming") {
        stops.get(id)?.();
        stops.delete(id);
      }
    };
    const follow = () => {
      for (const id of conversation.messageOrder().slice(-8)) {
        if (!heard.has(id)) {
          heard.set(id, 0);
          stops.set(
            id,
            conversation.watch(`message:${id}`, () => listen(id)),
          );
          listen(id);
        }
      }
    };
    const stop = conversation.watch("order", follow);
    return () => {
      stop();
      for (const each of stops.values()) {
        each();
      }
    };
  }, [conversation]);
  return (
    <div className="heard" aria-live="polite">
      {visibleProse(words)}
    </div>
  );
}

/** The words of an entry that will not change any more. */
function finished(conversation: Conversation, id: MessageId): string {
  const body = conversation.message(id)?.body;
  if (!body) {
    return "";
  }
  return body.kind === "reply" && body.state.name === "streaming"
    ? body.text.slice(0, body.text.lastIndexOf("\n\n") + 1)
    : wordsOf(conversation, body);
}

function wordsOf(conversation: Conversation, body: MessageBody): string {
  switch (body.kind) {
    case "said":
      return "";
    case "reply":
      return body.text;
    case "plan":
      return [strings.plan.kind, strings.plan.tasks(body.tasks.length)].join(strings.comma);
    case "result":
      return body.results
        .map((each) => `${strings.result.kind}, ${each.title}: ${each.report.headline}`)
        .join(". ");
    case "needs_you": {
      const title = conversation.task(body.approval.task)?.title ?? "";
      return (
        body.answered ?? `${strings.need.kind}, ${title}: ${questionWords(body.approval.question, title)}`
      );
    }
    case "landing":
      return "failure" in body.outcome
        ? `${strings.landing[body.outcome.name]}: ${body.title}. ${failureText(body.outcome.failure)}`
        : `${strings.landing[body.outcome.name]}: ${body.title}`;
    case "pull_request":
      return `${headlineOf(body.pull_request)}: ${body.title}`;
    case "branched":
      return `${strings.outgoing.branched}: ${body.title}`;
    case "override":
      return "";
    case "choice":
      return body.question;
    case "kept":
      return `${strings.kept.kind}, ${strings.kept.needs}`;
    case "notice":
      return failureText(body.failure);
  }
}
