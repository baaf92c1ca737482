import { agents, first } from "./agents.zh-Hans";
import { room, short } from "./amount";
import type { Strings } from "./en";
import { finished } from "./finished.zh-Hans";
import { outgoing } from "./outgoing.zh-Hans";

const ROLES: Record<string, string> = { explorer: "探索者", worker: "执行者", "ask first": "先询问的执行者" };
const AGENTS: Record<string, string> = { "built-in": "内置", command: "命令", offline: "离线" };
const PARTLY = /^partly sandboxed: (.*)$/;
const FULLY = /^sandboxed, (.*)$/;
const LIMITS: Record<string, string> = {
  "memory of all its processes only counted": "所有进程的内存仅作统计",
};
const BASE = /^(.*?)(?: \+ (\d+) uncommitted)?(?:, (\d+) left out)?$/;

function period(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} 分钟` : `${seconds} 秒`;
}

function span(minutes: number): string {
  if (minutes % 1440 === 0) {
    return `${minutes / 1440} 天`;
  }
  return minutes % 60 === 0 ? `${minutes / 60} 小时` : `${minutes} 分钟`;
}

function isolation(shown: string): string {
  const missing = PARTLY.exec(shown)?.[1];
  if (missing !== undefined) {
    return `部分沙箱隔离：${missing}`;
  }
  const counted = FULLY.exec(shown)?.[1];
  if (counted !== undefined) {
    return `沙箱隔离，${LIMITS[counted] ?? counted}`;
  }
  return shown === "sandboxed" ? "沙箱隔离" : shown === "not sandboxed" ? "未沙箱隔离" : shown;
}

function from(base: string): string {
  const [start = base, uncommitted, left] = BASE.exec(base)?.slice(1) ?? [];
  const holds = uncommitted === undefined ? "" : ` + ${uncommitted} 处未提交的改动`;
  return `起点 ${start}${holds}${left === undefined ? "" : `，不含 ${left} 个文件`}`;
}

const KINDS: Record<string, string> = {
  execute: "命令",
  edit: "修改",
  write: "写入",
  delete: "删除",
  rename: "重命名",
  move: "移动",
};

export const zhHans: Strings = {
  language: "zh-Hans",
  app: "Ampersand",
  you: "你",
  assistant: "Ampersand",
  conversation: "对话",
  separator: " · ",
  comma: "，",

  top: {
    running: (n) => `${n} 个运行中`,
    waiting: (n) => `${n} 个等待中`,
    paused: (n) => `${n} 个已暂停`,
    stopping: (n) => `${n} 个正在停止`,
    needsYou: (n) => `${n} 个需要你`,
    ready: (n) => `${n} 个可合入`,
    now: "正在进行的事",
    palette: "查找操作",
    connected: "已连接",
    disconnected: "尚未连接模型",
    linkDown: "后台进程暂时不在；你的请求会先保留",
    noRepository: "没有仓库",
    detached: "游离状态",
  },

  composer: {
    label: "消息",
    placeholder: "输入消息",
    placeholderCommands: "scan · find · run",
    tasks: "@ 任务",
    commands: "/ 命令",
    allCommands: "/ 全部命令",
    send: "发送",
    stop: "停止回复",
    suggestions: "建议",
    refused: "未能发送。",
    sendAgain: "重新发送",
  },

  commands: {
    scan: "语言、规模、TODO、可能的密钥",
    find: "文本或文件",
    run: "在后台运行命令",
    help: "全部命令与按键",
  },

  log: {
    newBelow: (n) => `${n} 条新内容`,
    toEnd: "跳到最新",
    earlier: "正在读取更早的内容",
    understood: (text) => `理解为：${text}`,
    superseded: "已被后面的消息取代",
    answering: "仍在回答",
    stopped: "已由你停止",
    leftOut: (text) => text,
    showIt: "显示",
    hideIt: "收起",
    openLink: "在浏览器中打开",
    linkLeads: "此链接指向",
    image: (alt) => `图片，未加载：${alt}`,
    copy: "复制",
    copied: "已复制",
    tooLong: "内容过长，按原文显示。",
  },

  plan: {
    kind: "计划",
    tasks: (n) => `${n} 个任务`,
    done: (n) => `${n} 个已完成`,
    why: (n) => (n === 1 ? "为何是这个任务" : `为何是 ${n} 个`),
    from,
    pauseAll: "全部暂停",
    cancelAll: "取消",
    resumeAll: "全部继续",
    allDone: (n) => `${n} 个任务已完成`,
    toLand: (n) => `${n} 个待合入`,
    failed: (n) => `${n} 个失败`,
    cancelled: (n) => `${n} 个已取消`,
    unfold: "展开计划",
    fold: "折叠",
    showDone: "显示已完成的",
    hideDone: "隐藏已完成的",
  },

  task: {
    steps: (done, all) => `${done}/${all}`,
    files: (n) => `${n} 个文件`,
    tokens: (n) => `${short(n)} 词元`,
    quota: (left, until) => `剩余 ${left}%${until ? `，至 ${until}` : ""}`,
    quotas: (agent, windows) => `${agent} 的账户：${windows.join("；")}`,
    quotaWindow: (minutes, left) => `${span(minutes)}：${left}`,
    processes: (n) => `${n} 个进程`,
    after: (titles) => `在 ${titles} 之后`,
    collides: (other, places) => (places ? `与 ${other} 在 ${places} 冲突` : `与 ${other} 冲突`),
    uncommitted: "未提交的改动",
    andMore: (places, more) => `${places} 等另外 ${more} 处`,
    role: (shown) => ROLES[shown] ?? shown,
    agent: (shown) => AGENTS[shown] ?? shown,
    agentAfter: (agent, before) => `${agent}（接替 ${before}）`,
    isolation,
    notLoaded: "未加载",
    notLoadedOf: (agent, what) => `你为 ${agent} 设置的：${what}`,
    readsLogin: "可读取自己的登录",
    more: (title) => `${title} 的更多操作`,
    state: {
      waiting: "等待其他任务",
      queued: "等待空闲名额",
      running: "工作中",
      needsYou: "等待你的答复",
      checking: "正在运行项目检查",
      paused: "已暂停",
      pausedNotStarted: "开始前已暂停",
      frozen: (n) => (n === null ? "正在冻结" : `已暂停 · ${n} 个进程已冻结`),
      worktreeKept: "已暂停 · 工作树已保留",
      reached: (limit) => `已暂停：达到${limit} · 继续即再给同样多`,
      limits: {
        memory: (most) => `内存上限 ${room(most)}`,
        processes: (most) => `进程上限 ${most} 个`,
        disk: (most) => `磁盘上限 ${room(most)}`,
        room: (most) => `磁盘须留空间 ${room(most)} 的下限`,
        watchers: (most) => `文件夹监视上限 ${most} 个`,
        output: (most) => `输出上限 ${room(most)}`,
        time: (most) => `时间上限 ${period(most)}`,
      },
      nextTry: (at) => `下次尝试 ${at}`,
      stopping: "正在停止",
      frozenNow: "已冻结",
      keptSteps: (done, all) => `${done}/${all} 步`,
      keptFiles: (n) => `${n} 个已改文件`,
      kept: (parts) => `保留 ${parts.join("、")}`,
      interrupted: (reason) => `已中断 · ${reason}`,
      ready: "可合入",
      readyRed: "检查未通过",
      readyUnchecked: "可合入，未声明检查",
      readyUntrusted: "可合入，检查尚未运行",
      landing: "正在合入",
      merging: "分支已有新提交，正在检查合并后的结果",
      done: "已完成",
      landed: (commit) => `已合入 ${commit}`,
      landedWith: (title) => `已随 ${title} 合入`,
      byHand: "由你编辑，然后合入",
      undoing: "正在撤销合入",
      failed: "失败",
      cancelled: (gone, kept) => `已取消，${gone} 个进程已结束${kept ? `，保留 ${kept} 个已改文件` : ""}`,
      skipped: (title) => `未开始，因为 ${title} 未能顺利结束`,
      discarded: "已搁置；其引用保留",
    },
    verbs: {
      steer: "指示",
      rewind: "代替上一次所说的",
      pause: "暂停",
      resume: "继续",
      cancel: "取消",
      cancelNow: "立即停止",
      undo: "撤销",
      undoIn: (seconds) => `撤销 · ${seconds} 秒`,
      land: "合入",
      undo_landing: "撤销合入",
      discard: "丢弃",
      restart: "从这里重新开始",
      resolve: "解决冲突",
      resolve_by_hand: "我自己解决",
      keep_branch: "保留分支一侧",
      keep_work: "保留这项工作一侧",
      landAgain: "再次合入",
      run_app: "运行应用",
      show: "在我的工作区中查看",
      put_back: "恢复我的工作区",
      given: "所给内容",
      output: "输出",
      changes: "改动",
      report: "报告",
      pane: "在旁边打开",
    },
    openApp: "在浏览器中打开",
    openIn: {
      editor: "在我的编辑器中打开",
      terminal: "在那里打开终端",
      folder: "打开它的文件夹",
    },
    named: (verb, title) => `${verb} ${title}`,
    steerLabel: (title) => `告诉 ${title}`,
    steerPlaceholder: "保持公共 API 不变",
    steerSend: "告诉它",
    close: "关闭",
    whyThis: "原因",
    granted: "权限",
    taken: "已收回",
    narrowing: { network: "网络", web_search: "网页搜索", execute: "执行命令" },
    modelStays: "其代理的模型仍可访问，模型自行查找的内容也经由那里",
    nothingYet: "暂无内容。",
    loading: "读取中",
    capability: {
      read: "读取",
      search: "搜索",
      write: "写入",
      execute: "执行",
      web_search: "网络搜索",
      network: (host) => `访问 ${host}`,
    },
  },

  result: {
    outdated: "之后有改动",
    kind: "结果",
    kinds: "结果",
    tasks: (n) => `${n} 个任务`,
    severity: { high: "高", medium: "中", low: "低", note: "备注" },
    more: (n) => `还有 ${n} 条`,
    moreNotes: (n) => `还有 ${n} 条备注`,
    moreAll: (n, severity) => `还有 ${n} 条，均为${severity}`,
    open: "打开报告",
    close: "关闭报告",
    unfold: "展开结果",
    ask: "就此提问",
    askText: (title) => `关于“${title}”：`,
    ended: { failed: "未能完成", cancelled: "已取消", skipped: "未开始", interrupted: "已中断" },
    at: (path, line) => (line === null ? path : `${path}:${line}`),
    usage: (n) => `${short(n)} 词元`,
    cost: (amount) => `自报费用 ${amount}`,
  },

  need: {
    kind: "需要你",
    onlyThis: "只有此任务在等待",
    host: (host) => `允许它访问 ${host} 吗？`,
    act: {
      execute: "允许它运行吗？",
      edit: "允许它修改吗？",
      ask: "是还是否？",
      other: (tool) => `允许它使用 ${tool} 吗？`,
    },
    land: (title) => `合入 ${title} 吗？`,
    landKeeping: {
      branch: (title) => `合入 ${title}，双方改动相同之处保留分支一侧，可以吗？`,
      task: (title) => `合入 ${title}，双方改动相同之处保留这项工作一侧，可以吗？`,
    },
    gives: "放弃",
    givesUp: {
      branch: "这项工作在这些地方的内容，仅此而已",
      task: "分支在这些地方的内容，仅此而已",
    },
    discard: (title) => `搁置 ${title} 的工作吗？`,
    reduced: "允许它在降级隔离中运行吗？",
    gap: {
      attributes: "更改你其他文件的权限和时间戳",
      names: "看到你其他文件的名称和大小",
      git_file: "更改其工作树自己的 .git 文件",
      clean_up: "保证清理后台进程",
      memory: "其所有进程合计的内存上限",
      temporary_space: "其临时文件的大小上限",
      registry: "读取其他程序保存在注册表中的设置",
      desktop: "访问剪贴板和桌面上的其他窗口",
      name_lookups: "查询域名（可借此带出数据）",
    },
    enforced: "仍然强制",
    enforcedStill: "不能写入工作树之外，没有网络，没有新权限",
    notEnforced: "不强制",
    allowForProject: "此项目使用降级隔离",
    asks: "请求",
    runs: "运行",
    does: "动作",
    wantsToKnow: "提问",
    path: "路径",
    why: "原因",
    brings: "带来",
    allow: "允许一次",
    allowForTask: "此任务内允许",
    allowAll: (tool) => `允许此任务的所有${KINDS[tool] ?? `“${tool}”操作`}`,
    yes: "是",
    no: "否",
    deny: "拒绝",
    land1: "合入",
    discard1: "搁置",
    notNow: "暂不",
    answered: (words) => words,
    waits: (since) => `已等待 ${since}`,
  },

  override: {
    stopping: "正在停止",
    cancelled: "已取消",
    paused: "已暂停",
    resumed: "继续进行",
    narrowed: "已收回权限",
    undone: "已撤销",
    frozenIn: (tasks, ms) => `${tasks} 个任务，${ms} 毫秒内冻结`,
    tasks: (n) => `${n} 个任务`,
    gone: (gone, kept) => `${gone} 个进程已结束${kept ? `，保留 ${kept} 个已改文件` : ""}`,
    restartAll: "从这里重新开始",
    later: "之后又有变化",
  },

  choice: { kind: "哪一个", chosen: (label) => label, nothing: "尚未执行任何操作" },

  kept: {
    kind: "已保留",
    needs: "需要模型",
    body: "连接模型后，点一下即可开始。",
    bodyClosest: "连接模型后，点一下即可开始。最接近的命令：",
    connect: "连接模型",
    start: "开始",
    startBody: "现在已连接模型。",
  },

  notice: { kind: "提示", error: "未能完成", dismiss: "关闭", brokeOff: "已中断" },

  first,
  agents,

  now: {
    title: "现在",
    needsYou: "需要你",
    running: "运行中",
    underWay: "进行中",
    going: (running, others) =>
      [running > 0 ? `${running}` : null, others.length > 0 ? others.join("，") : null]
        .filter((part) => part !== null)
        .join("，另有 "),
    onlyThis: "只有此任务",
    ready: "可合入",
    red: "检查未通过",
    nothing: "现在没有进行中的事。",
    nothingHint: "提出请求后，运行中的、需要你的和可合入的都会列在这里。",
    hour: {
      title: "最近一小时",
      now: "现在",
      working: "工作中",
      waiting: "等待中",
      needs: "需要你",
      finished: "已结束",
    },
    show: "显示",
    open: "打开",
    back: "返回对话",
  },

  palette: {
    label: "查找操作",
    placeholder: "要做什么？",
    none: "没有匹配的操作。",
    choose: "↑↓ 选择",
    doIt: "⏎ 执行",
    allKeys: "? 全部按键",
    groups: { tasks: "任务", conversation: "对话", view: "视图", said: "在此对话中" },
  },

  keys: {
    title: "按键",
    send: "发送",
    newline: "换行",
    stop: "停止正在写的回复",
    editLast: "输入框为空时编辑上一条消息",
    next: "下一张卡片",
    previous: "上一张卡片",
    close: "关闭",
  },

  actions: {
    palette: "查找操作",
    showKeys: "显示按键",
    showNow: "显示正在进行的事",
    showAgents: "显示代理与账户",
    showConversation: "显示对话",
    toNewest: "跳到最新",
    toComposer: "写消息",
    stopReply: "停止正在写的回复",
    cancelAll: "取消所有后台工作",
    pauseAll: "暂停所有后台工作",
    resumeAll: "继续所有后台工作",
    trust: "信任此仓库的命令",
    openRepository: "打开另一个仓库",
    openFolder: "打开文件夹",
    undo: "撤销上次取消",
    nothingRuns: "没有正在运行的任务。",
    nothingPaused: "没有已暂停的任务。",
    nothingStops: "没有正在停止的任务。",
    noReply: "没有正在写的回复。",
    counts: (running, waiting) => `${running} 个运行中，${waiting} 个等待`,
  },

  link: { down: "后台进程暂时不在。你的请求会保留，待其恢复后执行。" },

  time: {
    justNow: "刚刚",
    minutesAgo: (n) => `${n} 分钟前`,
    minutes: (n) => `${n} 分钟`,
    seconds: (n) => `${n} 秒`,
    underMinute: "不到一分钟",
    yesterday: (time) => `昨天 ${time}`,
  },

  broken: { entry: "无法显示此条目。", start: "无法打开对话。", again: "重试" },

  ...finished,

  outgoing,

  noBackend: "此页面是 Ampersand 的窗口，需要其外壳。",
};
