/** One slow beat for everything that changes faster than it can be read. */

const BEAT_MS = 200;

const wanted = new Set<() => void>();
let waiting = false;

function beat(): void {
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
    setTimeout(beat, BEAT_MS);
  }
}

export function offBeat(run: () => void): void {
  wanted.delete(run);
}
