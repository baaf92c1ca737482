import { expect, it } from "vitest";
import { dollars, room, short } from "./amount";

it.each([
  [4 * 2 ** 30, "4 GiB"],
  [3 * 2 ** 29, "1.5 GiB"],
  [64 * 2 ** 20, "64 MiB"],
  [2 ** 10, "1 KiB"],
  [1000, "1000 B"],
])("says %i bytes as %s", (bytes, said) => {
  expect(room(bytes)).toBe(said);
});

it.each([
  [912, "912"],
  [1200, "1.2k"],
  [38_400, "38k"],
  [1_240_000, "1.2M"],
])("says %i for short as %s", (n, said) => {
  expect(short(n)).toBe(said);
});

it.each([
  [445_691, "$0.45"],
  [12_000_000, "$12.00"],
  [9_999, "<$0.01"],
  [0, "$0.00"],
])("says %i millionths of a dollar as %s", (millionths, said) => {
  expect(dollars(millionths)).toBe(said);
});
