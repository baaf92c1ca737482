/** Every pair of text and ground that the window uses, in four themes, against what WCAG 2.2 asks for. */
import { expect, it } from "vitest";
import css from "./tokens.css?raw";

function block(selector: string): Record<string, string> {
  const from = css.indexOf("{", css.indexOf(selector));
  const body = css.slice(from, css.indexOf("\n}", from));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
  );
}

const light = block(':root, :root[data-theme="light"]');
const dark = { ...light, ...block(':root[data-theme="dark"] {') };
const themes = {
  light,
  dark,
  "light, more contrast": { ...light, ...block(':root[data-contrast="more"] {') },
  "dark, more contrast": { ...dark, ...block(':root[data-contrast="more"][data-theme="dark"]') },
};

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const words = (text: string) => text.split(" ");
const GROUNDS = words("canvas surface tint well hover press button button-hover");
const NO_BUTTONS = GROUNDS.filter((ground) => !ground.includes("button"));
const SOFT = words("accent-soft need-soft ok-soft bad-soft");
const DIFF = words("diff-add diff-add-word diff-del diff-del-word");

/** Text on a ground needs 4.5; a glyph or the edge of a field needs 3. */
const TEXT: [string, string[]][] = [
  ["text", [...GROUNDS, ...SOFT]],
  ["text-2", [...GROUNDS, ...SOFT]],
  ["text-3", [...NO_BUTTONS, ...SOFT, "diff-add", "diff-del"]],
  ["accent-text", [...GROUNDS, "accent-soft", "need-soft"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["need", [...NO_BUTTONS, "need-soft"]],
  ["ok", [...NO_BUTTONS, "ok-soft"]],
  ["bad", [...NO_BUTTONS, "bad-soft", "button", "need-soft"]],
  ...words("code code-keyword code-string code-function code-type code-comment").map(
    (ink): [string, string[]] => [ink, [...DIFF, "well", "surface", "tint"]],
  ),
  ["diff-add-mark", ["diff-add"]],
  ["diff-del-mark", ["diff-del"]],
];
const MARKS: [string, string[]][] = [
  ...words("control-line focus accent need-mark ok-mark bad-mark chart-run chart-need").map(
    (mark): [string, string[]] => [mark, ["canvas", "surface"]],
  ),
  ["need-mark", ["need-soft"]],
];

for (const [name, theme] of Object.entries(themes)) {
  it(`every pair can be read: ${name}`, () => {
    const more = name.includes("more");
    const poor: string[] = [];
    const check = (ink: string, ground: string, needed: number) => {
      const found = contrast(theme[ink] ?? "", theme[ground] ?? "");
      if (!(found >= needed)) {
        poor.push(`${ink} on ${ground}: ${found.toFixed(2)} of ${needed}`);
      }
    };
    for (const [ink, grounds] of TEXT) {
      for (const ground of grounds) {
        const strict = more && GROUNDS.includes(ground) && ink !== "on-accent" && !ink.startsWith("code");
        check(ink, ground, strict ? 7 : 4.5);
      }
    }
    for (const [mark, grounds] of MARKS) {
      for (const ground of grounds) {
        check(mark, ground, 3);
      }
    }
    expect(poor).toEqual([]);
  });
}
