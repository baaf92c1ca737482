import type { Answers, Act as AnyAct, Question, Wish } from "./bridge";
import type { Failure, Update } from "./generated/protocol";

/** A wish; handing over the channel is `subscribe`'s own business. */
export type Act = Exclude<AnyAct, { kind: "subscribe" }>;

/** Whoever is behind the window: the shell, or a recorded journal in a plain browser. */
export interface Backend {
  /** Reads. Rejects with a [`BackendError`]. */
  query<Q extends Question>(question: Q): Promise<Answers[Q["kind"]]>;
  /** Wishes. Resolves once the wish is stored. Rejects with a [`BackendError`]. */
  act(verb: Act): Promise<void>;
  /** Asks the person outside the page, and carries it out if they agree; whether they did. */
  confirm(wish: Wish): Promise<boolean>;
  /** Delivers updates in order from now on. Called once. */
  subscribe(onBatch: (batch: Update[]) => void): Promise<void>;
}

/** A failure on its way to a person. */
export class BackendError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = "BackendError";
    this.failure = failure;
  }
}

/** Any rejection as something a person can read. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BackendError) {
    return error.failure;
  }
  return {
    code: "window_internal",
    message: error instanceof Error ? error.message : String(error),
    hint: "Try again; if it happens again, reload the window.",
  };
}
