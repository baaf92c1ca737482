import { useEffect, useRef } from "react";
import { useAmpersand } from "../../ipc/context";
import type { MessageBody, MessageId } from "../../ipc/generated/protocol";

const CALLS = new Set<MessageBody["kind"]>(["needs_you", "result", "landing", "choice", "notice"]);

/** Tells the backend which cards have been in view, so that no notification calls for them any more. */
export function useSeen(inView: readonly MessageId[]): void {
  const { backend, conversation } = useAmpersand();
  // What stood here when the window opened has called already; only questions still do.
  const known = useRef<Set<MessageId> | null>(null);
  known.current ??= new Set(
    conversation.messageOrder().filter((id) => conversation.message(id)?.body.kind !== "needs_you"),
  );
  const key = inView.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `inView`.
  useEffect(() => {
    const tell = () => {
      if (!document.hasFocus()) {
        return;
      }
      for (const id of inView) {
        const kind = conversation.message(id)?.body.kind;
        if (kind && CALLS.has(kind) && !known.current?.has(id)) {
          known.current?.add(id);
          // Nobody waits for this: a notification that stays a little longer harms nothing.
          backend.act({ kind: "seen", message: id }).catch(() => {});
        }
      }
    };
    tell();
    window.addEventListener("focus", tell);
    return () => window.removeEventListener("focus", tell);
  }, [backend, conversation, key]);
}
