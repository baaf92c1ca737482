import { type ComponentProps, useEffect, useLayoutEffect, useRef, useState } from "react";
import { everySecond, shownNow } from "../lib/clock";
import { absolute, ago, clockLength, waited } from "../lib/time";
import { strings } from "../strings/strings";

/** The moment that clocks show, once a second. */
export function useNow(): number {
  const [at, setAt] = useState(shownNow);
  useEffect(() => everySecond(setAt), []);
  return at;
}

function write(box: HTMLElement | null, words: string): void {
  if (box && box.textContent !== words) {
    box.textContent = words;
  }
}

interface TickingProps extends Omit<ComponentProps<"time">, "children" | "ref"> {
  /** What stands there at a moment. */
  words: (at: number) => string;
}

/** Words that change by themselves. The clock writes them, and nothing is drawn anew: there may be a hundred. */
export function Ticking({ words, ...attributes }: TickingProps) {
  const box = useRef<HTMLTimeElement>(null);
  const latest = useRef(words);
  useLayoutEffect(() => {
    latest.current = words;
    write(box.current, words(shownNow()));
  });
  useEffect(() => everySecond((at) => write(box.current, latest.current(at))), []);
  return (
    <time ref={box} {...attributes}>
      {words(shownNow())}
    </time>
  );
}

/** How long something has been going on: `2:14`. */
export function Elapsed({ since }: { since: number }) {
  return <Ticking title={absolute(since)} words={(at) => clockLength(at - since)} />;
}

/** When something was, as far as words are shorter: `1 min ago`. */
export function Ago({ at }: { at: string }) {
  const time = Date.parse(at);
  return <Ticking dateTime={at} title={absolute(time)} words={(current) => ago(time, current)} />;
}

/** For how long something has waited for a person. */
export function Waited({ since }: { since: string }) {
  const time = Date.parse(since);
  return <Ticking title={absolute(time)} words={(current) => strings.need.waits(waited(current - time))} />;
}

/** Whole seconds from one moment to another; 0 when it has passed. */
export function secondsLeft(until: string | null, at: number): number {
  return until === null ? 0 : Math.max(0, Math.ceil((Date.parse(until) - at) / 1000));
}
