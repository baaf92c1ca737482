/** One slow beat for everything that changes faster than it can be read. It gives way to hands at the keyboard. */

const BEAT_MS = 200;

/** Hands are at rest when they have pressed no key for so long. */
const REST_MS = 150;

/** Hands that never rest see a beat as late as this. */
const LATEST_MS = 1000;

const wanted = new Set<() => void>();
let waiting = false;
let since = 0;
let pressed = Number.NEGATIVE_INFINITY;

function beat(): void {
  const now = performance.now();
  const putOff = Math.min(pressed + REST_MS, since + LATEST_MS) - now;
  if (putOff > 0) {
    setTimeout(beat, Math.ceil(putOff));
    return;
  }
  waiting = false;
  const all = [...wanted];
  wanted.clear();
  for (const each of all) {
    each();
  }
}

/** Runs once with the next beat, however often it is asked for until then. */
export function onBeat(run: () => void): void {
  wanted.add(run);
  if (!waiting) {
    waiting = true;
    since = performance.now();
    setTimeout(beat, BEAT_MS);
  }
}

export function offBeat(run: () => void): void {
  wanted.delete(run);
}

/** A key was pressed: what it does is drawn first. */
export function handsMove(): void {
  pressed = performance.now();
}
