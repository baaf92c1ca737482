import type { Backend } from "./backend";
import { BackendError } from "./backend";
import type { Failure, Update } from "./generated/protocol";

/** Whether the page runs inside the shell. */
export function insideShell(): boolean {
  return "__TAURI_INTERNALS__" in window;
}

function isFailure(error: unknown): error is Failure {
  return (
    typeof error === "object" && error !== null && "code" in error && "message" in error && "hint" in error
  );
}

/** The shell as a backend. */
export async function tauriBackend(): Promise<Backend> {
  const { Channel, invoke } = await import("@tauri-apps/api/core");

  async function call<T>(command: string, parameters: Record<string, unknown>): Promise<T> {
    try {
      return await invoke<T>(command, parameters);
    } catch (error) {
      if (isFailure(error)) {
        throw new BackendError(error);
      }
      throw new BackendError({
        code: "shell_refused",
        message: typeof error === "string" ? error : "The shell did not take this.",
        hint: "Reload the window; nothing that runs is affected.",
      });
    }
  }

  return {
    query: (question) => call("query", { question }),
    act: async (verb) => {
      await call<null>("act", { verb });
    },
    confirm: (wish) => call("confirm", { wish }),
    subscribe: async (onBatch) => {
      const updates = new Channel<Update[]>();
      updates.onmessage = onBatch;
      await call<null>("act", { verb: { kind: "subscribe" }, updates });
    },
  };
}
