import { useEffect, useState } from "react";
import type { Inked, Response } from "./inks";
import type { Language } from "./languages";

const LONGEST = 60_000;
const KEPT = 200;

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (lines: Inked[][] | null) => void>();
const known = new Map<string, Inked[][] | null>();

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Response>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  };
  made.onerror = () => {
    // Without a worker code stays plain.
    for (const answer of waiting.values()) {
      answer(null);
    }
    waiting.clear();
  };
  return made;
}

function ask(text: string, language: Language): Promise<Inked[][] | null> {
  worker ??= start();
  asked += 1;
  const id = asked;
  return new Promise((answer) => {
    waiting.set(id, answer);
    worker?.postMessage({ id, text, language });
  });
}

/** Lines of code in their inks; null as long as they are not known, and for what stays plain. */
export function useInks(text: string, language: Language | null): Inked[][] | null {
  const key = language === null || text.length > LONGEST ? null : `${language}\n${text}`;
  const [found, setFound] = useState<{ key: string; lines: Inked[][] | null } | null>(null);
  const remembered = key === null ? null : known.get(key);
  useEffect(() => {
    if (key === null || language === null || known.has(key)) {
      return;
    }
    let wanted = true;
    ask(text, language).then((lines) => {
      known.set(key, lines);
      const oldest = known.keys().next().value;
      if (known.size > KEPT && oldest !== undefined) {
        known.delete(oldest);
      }
      if (wanted) {
        setFound({ key, lines });
      }
    });
    return () => {
      wanted = false;
    };
  }, [key, text, language]);
  return remembered ?? (found && found.key === key ? found.lines : null);
}
