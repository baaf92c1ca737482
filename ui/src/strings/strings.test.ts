/** What the backend says in English words is said in the window's language. */
import { expect, it } from "vitest";
import { pick } from "./strings";

it("takes the first language it has, and English otherwise", () => {
  expect(pick(["fr", "zh-CN", "en"]).language).toBe("zh-Hans");
  expect(pick(["fr"]).language).toBe("en");
});

it.each([
  ["sandboxed", "沙箱隔离"],
  ["sandboxed, memory of all its processes only counted", "沙箱隔离，所有进程的内存仅作统计"],
  ["not sandboxed", "未沙箱隔离"],
  ["partly sandboxed: no memory limit", "部分沙箱隔离：no memory limit"],
  ["something new", "something new"],
])("says %s in Chinese", (shown, said) => {
  expect(pick(["zh"]).task.isolation(shown)).toBe(said);
});

it("says in Chinese where a plan started from", () => {
  const { from } = pick(["zh"]).plan;
  expect(from("main@3f2a")).toBe("起点 main@3f2a");
  expect(from("main@3f2a + 3 uncommitted")).toBe("起点 main@3f2a + 3 处未提交的改动");
  expect(from("main@3f2a + 3 uncommitted, 1 left out")).toBe(
    "起点 main@3f2a + 3 处未提交的改动，不含 1 个文件",
  );
  expect(from("main@3f2a, 2 left out")).toBe("起点 main@3f2a，不含 2 个文件");
});

it("says one of anything as one", () => {
  const { task, landing, diff, plan } = pick(["en"]);
  expect([task.tokens(1), task.tokens(38_400)]).toEqual(["1 token", "38k tokens"]);
  expect(task.state.limits.processes(1)).toBe("limit of 1 process");
  expect(task.state.limits.processes(1024)).toBe("limit of 1,024 processes");
  expect([landing.files(1), diff.gap(1), plan.allDone(1)]).toEqual([
    "1 file",
    "1 unchanged line",
    "1 task done",
  ]);
});

it.each([
  [2, [], "2", "2"],
  [2, ["a"], "2, and a", "2，另有 a"],
  [0, ["a", "b"], "a, b", "a，b"],
])("says how many of %i and %j are under way", (running, others, english, chinese) => {
  expect(pick(["en"]).now.going(running, others)).toBe(english);
  expect(pick(["zh"]).now.going(running, others)).toBe(chinese);
});
