let offset = 0;

/** Milliseconds since 1970 as the conversation counts them. */
export function now(): number {
  return Date.now() + offset;
}

/** Sets the clock; a replayed journal lives in its own time. */
export function setClock(at: number): void {
  offset = at - Date.now();
}

type Listener = (at: number) => void;
const listeners = new Set<Listener>();
let timer: ReturnType<typeof setInterval> | null = null;
let beat = 0;

/**
 * The moment of a beat: a second after the one before, however late the timer came, so that no clock stands still for one
 * beat and skips the next. Only a timer that lost its place, after a sleep say, starts anew.
 */
function nextBeat(): number {
  const due = beat + 1000;
  beat = Math.abs(now() - due) < 500 ? due : now();
  return beat;
}

function tell(): void {
  const at = nextBeat();
  if (document.visibilityState === "visible") {
    for (const each of listeners) {
      each(at);
    }
  }
}

/** The moment that clocks show: the last beat, or now if nothing beats. */
export function shownNow(): number {
  return timer === null ? now() : beat;
}

/** Calls back once a second, one timer for everybody, none while the page is hidden. */
export function everySecond(listener: Listener): () => void {
  listeners.add(listener);
  if (timer === null) {
    beat = now();
    timer = setInterval(tell, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}
