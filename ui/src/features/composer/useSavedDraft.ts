import { useEffect, useRef } from "react";
import { useAmpersand } from "../../ipc/context";

const QUIET_MS = 250;

/** Keeps what is being written with the backend, a moment after the last key, so that a reload loses nothing. */
export function useSavedDraft(draft: string): { clear: () => void } {
  const { backend } = useAmpersand();
  const kept = useRef(draft);
  useEffect(() => {
    if (draft === kept.current) {
      return;
    }
    const timer = setTimeout(() => {
      kept.current = draft;
      // A draft that could not be kept is still in the field; there is nothing the person could do about it.
      backend.act({ kind: "set_draft", text: draft }).catch(() => {});
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [backend, draft]);
  return {
    clear: () => {
      kept.current = "";
      backend.act({ kind: "set_draft", text: "" }).catch(() => {});
    },
  };
}
