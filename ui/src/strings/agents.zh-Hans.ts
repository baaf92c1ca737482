import type { Strings } from "./en";

export const first: Strings["first"] = {
  title: "尚未连接任何模型",
  titleNoRepository: "这里没有仓库",
  lede: "命令现在就能在此仓库的后台运行。若需要助手，请连接一个模型。",
  ledeNoRepository: "工作在至少有一次提交的 git 仓库中进行。",
  repository: "仓库",
  repositoryHow: "在此打开其文件夹，或在其中启动 Ampersand。",
  endpoint: "模型端点",
  endpointHow: (file) => `在 ${file} 中设置 [models.controller]，立即生效。`,
  copyExample: "复制示例",
  without: "没有模型时",
  welcome: "要做什么？",
  welcomeLede: (repository) => `说出想在 ${repository} 中完成的事。工作在后台进行，结果会回到这里。`,
};

const NAMES: Record<string, string> = {
  codex: "Codex",
  claude: "Claude Code",
  gemini: "Gemini CLI",
  opencode: "OpenCode",
};

export const agents: Strings["agents"] = {
  title: "代理",
  lede: (file) => `保存在 ${file}`,
  close: "关闭",
  none: "这里没有安装其他代理。",
  noneHow: "Codex、Claude Code、Gemini CLI 和 OpenCode 会在其安装位置被找到。",
  elsewhere: (names) => `这里没有：${names.join("、")}`,
  name: (agent) => NAMES[agent] ?? agent,
  login: (here) => (here ? "已登录" : "未登录"),
  connected: "已连接",
  found: (agent) =>
    agent === "codex"
      ? "找到登录。连接后，它在此作答并执行任务；登录仍留在 Codex 保存的地方。"
      : "找到登录。连接后，它执行任务；登录仍留在其程序保存的地方。",
  connect: "连接",
  readable: (agent) => `找到登录。只有 ${NAMES[agent] ?? agent} 自己能读取它时才可使用。`,
  askRead: "连接…",
  reads: "可读取自己的登录",
  usable: "可以使用。按名称指定它，或在 [agents] 下设置 briefs。",
  copyCommand: "复制命令",
  facts: {
    steers: {
      mid_turn: "工作中可指示",
      after_turn: "两轮之间可指示",
      never: "不能指示",
    },
    resumes: "崩溃后可继续",
    beginsAnew: "崩溃后重新开始",
    neverAsks: "从不先询问",
    subagents: "会启动自己的代理",
    tells: { both: "报告词元和费用", usage: "不报告费用", cost: "不报告词元", nothing: "不报告词元和费用" },
    outlives: "它启动的进程可能在它结束后仍在",
  },
  kept: (percent) => `为你保留 ${percent}%`,
  keep: (percent) => `为我保留 ${percent}%`,
  keepNothing: "不保留",
  bar: (left, kept) => (kept > 0 ? `剩余 ${left}%，其中为你保留 ${kept}%` : `剩余 ${left}%`),
  sessions: "早先的对话",
  sessionsHow: (repository) => `在 ${repository} 中用各代理自己的程序进行过。继续时作为任务，在副本上进行。`,
  continueIt: "继续",
  next: "接下来做什么",
  start: "开始",
  cancel: "取消",
};
