/** Keys as actions name them: `mod` is the command key on macOS and the control key elsewhere. */

interface Pressed {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

export type System = "linux" | "macos" | "windows";

/** Whether a key event is what an action names. */
export function matches(keys: string, event: Pressed, system: System): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  const mod = system === "macos" ? event.metaKey : event.ctrlKey;
  const other = system === "macos" ? event.ctrlKey : event.metaKey;
  if (mod !== parts.includes("mod") || other || event.altKey) {
    return false;
  }
  // With Shift held a full stop is whatever the layout makes of it; the place on the keyboard decides then.
  if (parts.includes("shift")) {
    return event.shiftKey && (event.key === key || (key === "." && event.code === "Period"));
  }
  return event.key.toLowerCase() === key && (!event.shiftKey || key === "?");
}

/** The same for reading: `⌘K` on macOS, `Ctrl K` elsewhere. */
export function shown(keys: string, system: System): string {
  const mac = system === "macos";
  const words: Record<string, string> = {
    mod: mac ? "⌘" : "Ctrl",
    shift: mac ? "⇧" : "Shift",
    enter: mac ? "⏎" : "Enter",
    escape: "Esc",
    arrowup: "↑",
  };
  return keys
    .split("+")
    .map((part) => words[part] ?? part.toUpperCase())
    .join(mac ? "" : " ");
}
