import { strings } from "../strings/strings";

/** A length of time as a clock shows it: `0:42`, `54:10`, `1:02:03`. */
export function clockLength(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(all % 60).padStart(2, "0");
  const minutes = Math.floor(all / 60) % 60;
  const hours = Math.floor(all / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** The time of day: `13:42`. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** How long ago, in words, as far as that is the shortest way to say it. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) {
    return strings.time.justNow;
  }
  if (minutes < 60) {
    return strings.time.minutesAgo(minutes);
  }
  const day = (time: number) => new Date(time).toDateString();
  if (day(at) === day(now)) {
    return timeOfDay(at);
  }
  if (day(at) === day(now - 86_400_000)) {
    return strings.time.yesterday(timeOfDay(at));
  }
  return `${new Date(at).toLocaleDateString(strings.language, { month: "short", day: "numeric" })} ${timeOfDay(at)}`;
}

/** A moment to come, as far as that is the shortest way to say it: `14:10`, `Sat 14:10`, `Dec 24 14:10`. */
export function until(at: number, now: number): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) {
    return timeOfDay(at);
  }
  const isNear = at - now < 6 * 86_400_000;
  const day: Intl.DateTimeFormatOptions = isNear ? { weekday: "short" } : { month: "short", day: "numeric" };
  return `${new Date(at).toLocaleDateString(strings.language, day)} ${timeOfDay(at)}`;
}

/** For how long something has waited. */
export function waited(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 1 ? strings.time.underMinute : strings.time.minutes(minutes);
}

/** The absolute time, for whoever hovers. */
export function absolute(at: number): string {
  return new Date(at).toLocaleString(strings.language, { dateStyle: "full", timeStyle: "medium" });
}

/** A length of time a check took: `41 s`, `0.4 s`. */
export function took(ms: number): string {
  return strings.time.seconds(
    ms < 10_000 ? (Math.round(ms / 100) / 10).toString() : Math.round(ms / 1000).toString(),
  );
}
