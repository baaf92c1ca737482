/** The worker that finds inks: started when it is first wanted, and let go when nobody wants it for a while. */
import type { Inked, Response } from "./inks";
import type { Language } from "./languages";

/** Its grammars take more memory than everything else on the page; to start it again takes a moment. */
const IDLE_MS = 5000;

let worker: Worker | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
let asked = 0;
const waiting = new Map<number, (lines: Inked[][] | null) => void>();

function rest(): void {
  clearTimeout(idle);
  if (waiting.size === 0) {
    idle = setTimeout(() => {
      worker?.terminate();
      worker = null;
    }, IDLE_MS);
  }
}

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Response>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
    rest();
  };
  made.onerror = () => {
    // Without a worker code stays plain.
    for (const answer of waiting.values()) {
      answer(null);
    }
    waiting.clear();
    rest();
  };
  return made;
}

/** Lines of code in their inks; null for what stays plain. */
export function findInks(text: string, language: Language): Promise<Inked[][] | null> {
  clearTimeout(idle);
  worker ??= start();
  asked += 1;
  const id = asked;
  return new Promise((answer) => {
    waiting.set(id, answer);
    worker?.postMessage({ id, text, language });
  });
}
