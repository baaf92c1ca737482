import { expect, test } from "vitest";
import { exampleOf } from "./example";

test("an agent of the settings brings its own command, and no example is known for it", () => {
  expect(exampleOf("mine")).toBeNull();
  expect(exampleOf("claude")).toContain("[agents.claude.model]");
});
