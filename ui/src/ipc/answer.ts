import { useEffect, useState } from "react";
import { failureText } from "../lib/failure";
import { failureOf } from "./backend";
import type { Answers, Question } from "./bridge";
import { useAmpersand } from "./context";

/** An answer on its way. */
export type Answer<T> = { state: "asked" } | { state: "here"; value: T } | { state: "failed"; text: string };

/** Asks when first drawn, and again whenever `age` changes; the last answer stands until the next one is there. */
export function useAnswer<Q extends Question>(question: Q, age = ""): Answer<Answers[Q["kind"]]> {
  const { backend } = useAmpersand();
  const [answer, setAnswer] = useState<Answer<Answers[Q["kind"]]>>({ state: "asked" });
  const key = JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `question`, and `age` is there to ask again.
  useEffect(() => {
    let wanted = true;
    backend.query(question).then(
      (value) => wanted && setAnswer({ state: "here", value }),
      (error: unknown) => wanted && setAnswer({ state: "failed", text: failureText(failureOf(error)) }),
    );
    return () => {
      wanted = false;
    };
  }, [backend, key, age]);
  return answer;
}
