import { expect, it } from "vitest";
import { room } from "./amount";

it.each([
  [4 * 2 ** 30, "4 GiB"],
  [3 * 2 ** 29, "1.5 GiB"],
  [64 * 2 ** 20, "64 MiB"],
  [2 ** 10, "1 KiB"],
  [1000, "1000 B"],
])("says %i bytes as %s", (bytes, said) => {
  expect(room(bytes)).toBe(said);
});
