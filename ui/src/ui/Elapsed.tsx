import { useEffect, useState } from "react";
import { everySecond, shownNow } from "../lib/clock";
import { absolute, ago, clockLength, waited } from "../lib/time";
import { strings } from "../strings/strings";

/** The moment that clocks show, once a second. */
export function useNow(): number {
  const [at, setAt] = useState(shownNow);
  useEffect(() => everySecond(setAt), []);
  return at;
}

/** How long something has been going on: `2:14`. */
export function Elapsed({ since }: { since: number }) {
  const at = useNow();
  return <time title={absolute(since)}>{clockLength(at - since)}</time>;
}

/** When something was, as far as words are shorter: `1 min ago`. */
export function Ago({ at }: { at: string }) {
  const time = Date.parse(at);
  const current = useNow();
  return (
    <time dateTime={at} title={absolute(time)}>
      {ago(time, current)}
    </time>
  );
}

/** For how long something has waited for a person. */
export function Waited({ since }: { since: string }) {
  const time = Date.parse(since);
  const current = useNow();
  return <time title={absolute(time)}>{strings.need.waits(waited(current - time))}</time>;
}

/** Whole seconds left until a moment; 0 when it has passed. */
export function useSecondsLeft(until: string | null): number {
  const current = useNow();
  return until === null ? 0 : Math.max(0, Math.ceil((Date.parse(until) - current) / 1000));
}
