import { expect, it } from "vitest";
import { cross } from "./marks";
import { pairs } from "./pairs";
import { wordDiff } from "./words";

function marked(before: string, after: string): [string, string] {
  const found = wordDiff(before, after);
  const show = (spans: { text: string; changed: boolean }[]) =>
    spans.map((span) => (span.changed ? `[${span.text}]` : span.text)).join("");
  return [show(found.before), show(found.after)];
}

const CASES: [string, string, string, string, string][] = [
  [
    "one word",
    "fn matches(token: &String) -> bool {",
    "fn matches(token: &Token) -> bool {",
    "fn matches(token: &[String]) -> bool {",
    "fn matches(token: &[Token]) -> bool {",
  ],
  [
    "two places",
    "open(user: UserId, ttl: u64) -> Self",
    "open(user: UserId, lifetime: Lifetime) -> Self",
    "open(user: UserId, [ttl: u64]) -> Self",
    "open(user: UserId, [lifetime: Lifetime]) -> Self",
  ],
  ["an addition", "a b", "a new b", "a b", "a [new ]b"],
  [
    "changed neighbours join over a blank",
    "let x = one two;",
    "let x = three four;",
    "let x = [one two];",
    "let x = [three four];",
  ],
  [
    "nothing in common is not marked",
    "alpha beta gamma",
    "delta epsilon",
    "alpha beta gamma",
    "delta epsilon",
  ],
  ["nothing changed", "same", "same", "same", "same"],
  ["empty lines", "", "x", "", "x"],
  ["other scripts are words too", "名前 = 一", "名前 = 二", "名前 = [一]", "名前 = [二]"],
];

for (const [name, before, after, expectedBefore, expectedAfter] of CASES) {
  it(name, () => {
    expect(marked(before, after)).toEqual([expectedBefore, expectedAfter]);
  });
}

it("the text of the spans is the line, whatever is in it", () => {
  for (const [before, after] of [
    ["\tif (a && b) {", "\tif (a || b) { // why"],
    ["x".repeat(5000), "y".repeat(5000)],
    ["a,b,c,d,e", "e,d,c,b,a"],
    ["“q” — 1", "“q” – 2"],
  ] as const) {
    const found = wordDiff(before, after);
    expect(found.before.map((span) => span.text).join("")).toBe(before);
    expect(found.after.map((span) => span.text).join("")).toBe(after);
  }
});

it("within a run of changes the lines that are most alike stand against each other, in order", () => {
  const lines = [
    ["context", "impl Session {"],
    ["removed", "fn matches(token: &String) -> bool {"],
    ["removed", "self.token == *token"],
    ["added", "fn matches(token: &Token) -> bool {"],
    ["added", "// Constant time: it tells nothing."],
    ["added", "self.token.ct_eq(token)"],
    ["context", "}"],
    ["added", "unrelated"],
    ["removed", "alone"],
  ] as const;
  expect([...pairs(lines.map(([kind, text]) => ({ kind, text })))].sort()).toEqual([
    [1, 3],
    [2, 5],
    [3, 1],
    [5, 2],
  ]);
});

it("marks and inks of a line are crossed without losing a letter", () => {
  const spans = [
    { text: "let a = ", changed: false },
    { text: "one(", changed: true },
    { text: "two)", changed: false },
  ];
  const inks = [
    { text: "let", ink: "keyword" },
    { text: " a = ", ink: "plain" },
    { text: "one", ink: "function" },
    { text: "(two)", ink: "plain" },
  ] as const;
  expect(cross(spans, inks)).toEqual([
    {
      changed: false,
      parts: [
        { text: "let", ink: "keyword" },
        { text: " a = ", ink: "plain" },
      ],
    },
    {
      changed: true,
      parts: [
        { text: "one", ink: "function" },
        { text: "(", ink: "plain" },
      ],
    },
    { changed: false, parts: [{ text: "two)", ink: "plain" }] },
  ]);
  expect(cross(spans, [{ text: "something else", ink: "string" }])[0]).toEqual({
    changed: false,
    parts: [{ text: "let a = ", ink: "plain" }],
  });
});
