let offset = 0;

/** Milliseconds since 1970 as the conversation counts them. */
export function now(): number {
  return Date.now() + offset;
}

/** Sets the clock; a replayed journal lives in its own time. */
export function setClock(at: number): void {
  offset = at - Date.now();
}

type Listener = () => void;
const listeners = new Set<Listener>();
let timer: ReturnType<typeof setInterval> | null = null;

/** Calls back once a second, one timer for everybody, none while the page is hidden. */
export function everySecond(listener: Listener): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.visibilityState === "visible") {
      for (const each of listeners) {
        each();
      }
    }
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}
