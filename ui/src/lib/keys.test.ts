import { expect, it } from "vitest";
import { matches, type System, shown } from "./keys";

const press = (
  key: string,
  held: Partial<Record<"ctrl" | "meta" | "shift" | "alt", boolean>> = {},
  code = "",
) => ({
  key,
  code,
  ctrlKey: held.ctrl ?? false,
  metaKey: held.meta ?? false,
  shiftKey: held.shift ?? false,
  altKey: held.alt ?? false,
});

const CASES: [string, ReturnType<typeof press>, System, boolean][] = [
  ["mod+k", press("k", { ctrl: true }), "linux", true],
  ["mod+k", press("k", { meta: true }), "macos", true],
  ["mod+k", press("k", { ctrl: true }), "macos", false],
  ["mod+k", press("k", { ctrl: true, shift: true }), "linux", false],
  ["mod+k", press("k"), "linux", false],
  ["mod+shift+.", press(".", { ctrl: true, shift: true }), "linux", true],
  ["mod+shift+.", press(">", { ctrl: true, shift: true }, "Period"), "windows", true],
  ["mod+shift+.", press(":", { meta: true, shift: true }, "Period"), "macos", true],
  ["?", press("?", { shift: true }), "linux", true],
  ["escape", press("Escape"), "linux", true],
  ["j", press("j", { alt: true }), "linux", false],
];

for (const [keys, event, system, expected] of CASES) {
  it(`${keys} on ${system}, pressed ${event.key}: ${expected}`, () => {
    expect(matches(keys, event, system)).toBe(expected);
  });
}

it("keys are written as each system writes them", () => {
  expect(shown("mod+k", "macos")).toBe("⌘K");
  expect(shown("mod+shift+.", "linux")).toBe("Ctrl Shift .");
});
