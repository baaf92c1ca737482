// The built window on recorded journals, under the shipped content policy, in a real browser.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS, serve } from "../tools/serve.mjs";

let server;
let browser;

before(async () => {
  server = await serve();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** Opens a journal, hands the page over, and fails on any error or forbidden request of the page. */
async function open(query, test, viewport = { width: 1334, height: 896 }) {
  const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (line) => line.type() === "error" && wrong.push(line.text()));
  page.on(
    "request",
    (request) => request.url().startsWith(server.url) || wrong.push(`request: ${request.url()}`),
  );
  try {
    await page.goto(`${server.url}?${query}`);
    await page.getByLabel("Message", { exact: true }).waitFor();
    await test(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

const composer = (page) => page.getByLabel("Message", { exact: true });
const log = (page) => page.getByRole("log");
const acts = (page) => page.evaluate(() => window.ampersandFake.acts.filter((act) => act.kind !== "seen"));
const push = (page, ...updates) => page.evaluate((all) => window.ampersandFake.push(all), updates);
const scrollTop = (page) => log(page).evaluate((box) => box.scrollTop);
const fromEnd = (page) => log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
const wheel = async (page, by) => {
  await log(page).hover();
  await page.mouse.wheel(0, by);
  await page.waitForTimeout(120);
};

async function say(page, text) {
  await composer(page).fill(text);
  await page.keyboard.press("Enter");
}

const reply = (id, position, text) => ({
  type: "message",
  message: {
    id,
    position,
    at: "2026-11-15T13:42:00Z",
    body: { kind: "reply", text, to: "none", state: { name: "streaming" }, left_out: null },
  },
});

describe("keeping on talking", () => {
  it("sending stays possible while a reply streams, and each reply stands under its question", () =>
    open("journal=empty&speed=0.5", async (page) => {
      await say(page, "first question");
      await page.getByText("HS256 signs").waitFor();
      await say(page, "second question");
      await page.getByText("second question").waitFor();
      assert.equal(await composer(page).inputValue(), "");
      await page.locator("[aria-busy=true]").nth(1).waitFor();
      const order = await log(page).textContent();
      assert.ok(order.indexOf("first question") < order.indexOf("HS256 signs"));
      assert.ok(order.indexOf("HS256 signs") < order.indexOf("second question"));
    }));

  it("at most two replies stream in view", () =>
    open("journal=empty", async (page) => {
      await push(page, reply("r1", 10, "one"), reply("r2", 20, "two"), reply("r3", 30, "three"));
      await page.getByText("three").waitFor();
      assert.equal(await page.locator("[aria-busy=true]").count(), 2);
      await page.getByText("Still answering").waitFor();
    }));

  for (const [where, up] of [
    ["at the end", 0],
    ["far above it", -6000],
  ]) {
    it(`what is sent while one reads ${where} stands where it stays from its first frame on`, () =>
      open("journal=thousand&speed=0.02", async (page) => {
        if (up !== 0) {
          await wheel(page, up);
          await page.waitForTimeout(300);
        }
        await composer(page).fill("sent just now");
        await page.evaluate(() => {
          window.placesSeen = [];
          const { port1, port2 } = new MessageChannel();
          // The task after a frame's callbacks sees what was painted.
          port1.onmessage = () => {
            const said = [...document.querySelectorAll("[role=log] [data-index]")].findLast((entry) =>
              entry.textContent.includes("sent just now"),
            );
            const answers = document.querySelector("[role=log] [aria-busy=true]") !== null;
            window.placesSeen.push({ top: said?.getBoundingClientRect().top ?? null, answers });
            next();
          };
          const next = () => requestAnimationFrame(() => port2.postMessage(null));
          next();
        });
        await page.keyboard.press("Enter");
        await page.locator("[aria-busy=true]").waitFor();
        await page.waitForTimeout(100);
        const seen = await page.evaluate(() => window.placesSeen);
        const stood = seen.filter((each) => each.top !== null);
        assert.ok(
          stood.some((each) => !each.answers) && stood.some((each) => each.answers),
          JSON.stringify(seen),
        );
        assert.equal(new Set(stood.map((each) => Math.round(each.top))).size, 1, JSON.stringify(stood));
        assert.ok((await fromEnd(page)) < 2);
      }));
  }

  it("Escape stops the reply and never a task", () =>
    open("journal=working&speed=0.2", async (page) => {
      await say(page, "what is that?");
      await page.locator("[aria-busy=true]").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("Stopped by you").waitFor();
      const kinds = (await acts(page)).map((act) => act.kind);
      assert.ok(kinds.includes("stop_reply"));
      assert.ok(!kinds.includes("command"));
    }));

  it("a message that was not stored says so, keeps its words and is sent again as the same one", () =>
    open("journal=empty", async (page) => {
      await say(page, "fail this one");
      await page.getByText("The disk is full").waitFor();
      await page.getByRole("button", { name: "Send again" }).click();
      await page.waitForTimeout(50);
      const sent = (await acts(page)).filter((act) => act.kind === "send");
      assert.equal(sent.length, 2);
      assert.equal(sent[0].id, sent[1].id);
      assert.equal(await page.getByText("fail this one").count(), 1);
    }));

  it("what is being written survives a reload", () =>
    open("journal=empty", async (page) => {
      await composer(page).fill("half a thought");
      await page.waitForTimeout(400);
      await page.reload();
      await composer(page).waitFor();
      assert.equal(await composer(page).inputValue(), "half a thought");
    }));

  it("the composer grows with what is written, up to 40 % of the window", () =>
    open("journal=empty", async (page) => {
      const height = () =>
        composer(page).evaluate((box) => box.closest("footer").getBoundingClientRect().height);
      const one = await height();
      await composer(page).fill("a\nb\nc");
      assert.ok((await height()) >= one + 40);
      await composer(page).fill("line\n".repeat(80));
      assert.ok((await height()) < 896 * 0.5);
      assert.equal(await page.getByRole("button", { name: "Send", exact: true }).isVisible(), true);
    }));
});

describe("cards", () => {
  it("a card changes where it stands", () =>
    open("journal=working", async (page) => {
      const row = page.getByRole("listitem").filter({ hasText: "Refactor the auth module" });
      await row.getByText("2 of 5").waitFor();
      const top = (await row.boundingBox()).y;
      await row.getByText("3 of 5").waitFor({ timeout: 8000 });
      assert.equal((await row.boundingBox()).y, top);
    }));

  it("cancel freezes at once, Undo takes it back, and what is not undone is gone after five seconds", () =>
    open("journal=working", async (page) => {
      await say(page, "cancel all background work");
      await page.getByText("Understood as: cancel 4 tasks").waitFor();
      const card = page.getByRole("article", { name: "Stopping" });
      await card.getByRole("button", { name: /^Undo · [45] s$/ }).click();
      const undone = page.getByRole("article", { name: "Undone" });
      await undone.waitFor();
      assert.deepEqual(
        (await acts(page)).filter((act) => act.kind === "command").map((act) => act.command.verb),
        ["undo"],
      );
      await page.keyboard.press("Control+Shift+.");
      await page.getByRole("button", { name: /^Undo · 3 s$/ }).waitFor({ timeout: 4000 });
      await page
        .getByText(/processes gone/)
        .first()
        .waitFor({ timeout: 5000 });
      // What was taken back says so, whatever became of the same tasks later.
      assert.equal(await undone.count(), 1);
    }));

  it("an approval is answered in place and folds", () =>
    open("journal=working", async (page) => {
      await page.getByRole("button", { name: "Allow for this task" }).click();
      await page.getByText("Allowed for this task").waitFor();
      const [act] = await acts(page);
      assert.equal(act.command.verb, "answer");
      assert.equal(act.command.answer, "allow_for_task");
      await page.getByText("1 needs you").waitFor({ state: "detached" });
    }));

  it("both cards say where two tasks will collide, while both still run", () =>
    open("journal=working&speed=20", async (page) => {
      const says = (other) => page.getByText(`Collides with ${other} in CHANGELOG.md`).waitFor();
      await says("Draft the release notes");
      await says("Refactor the auth module");
    }));

  it("a diff opens in place, its numbers are not part of what is copied, and it lands", () =>
    open("journal=landing", async (page) => {
      await page.getByRole("button", { name: "src/auth/session.rs" }).click();
      await page.locator("mark", { hasText: "String" }).first().waitFor();
      const section = page.getByRole("region", { name: "src/auth/session.rs" });
      const numbers = section.locator("[data-number]");
      assert.ok((await numbers.count()) > 10);
      assert.equal((await numbers.allTextContents()).join(""), "");
      await page.getByRole("button", { name: "Land", exact: true }).last().click();
      await page.getByText("main 3f2a91c → 9c1d77e").waitFor();
      await page.getByText("Landed as 9c1d77e").waitFor();
      assert.equal(await section.count(), 0);
    }));

  it("a task can be pulled out beside the conversation where there is room", () =>
    open(
      "journal=working",
      async (page) => {
        await page.getByRole("button", { name: "More for Refactor the auth module" }).click();
        await page.getByRole("menuitem", { name: "Open beside" }).click();
        const pane = page.getByRole("complementary", { name: "Refactor the auth module" });
        await pane.getByText("running 84 tests").waitFor();
        await pane.getByRole("tab", { name: "Given" }).click();
        await pane.getByText("compare tokens in constant time").waitFor();
        await page.setViewportSize({ width: 1200, height: 900 });
        await pane.waitFor({ state: "detached" });
      },
      { width: 1600, height: 1000 },
    ));

  it("the verbs of a task's menu are those the backend names", () =>
    open("journal=working", async (page) => {
      await page.getByRole("button", { name: "More for Refactor the auth module" }).click();
      const names = await page.getByRole("menuitem").allInnerTexts();
      assert.deepEqual(names, ["Steer", "Pause", "Cancel", "Given", "Output"]);
      await page.getByRole("menuitem", { name: "Steer" }).click();
      await page.getByLabel("Tell Refactor the auth module").fill("keep the public API");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(60);
      const [act] = await acts(page);
      assert.equal(act.command.verb, "steer");
      assert.equal(act.command.text, "keep the public API");
      assert.equal(act.command.by, "person");
    }));
});

describe("reading", () => {
  it("new entries below do not move what is being read, and a pill offers to go to them", () =>
    open("journal=thousand", async (page) => {
      await wheel(page, -3000);
      await page.waitForTimeout(300);
      const anchor = log(page).locator("[data-index]").nth(8);
      const index = await anchor.getAttribute("data-index");
      const place = () => page.locator(`[data-index="${index}"]`).boundingBox();
      const before = (await place()).y;
      for (const n of [1, 2, 3]) {
        await push(page, {
          type: "message",
          message: {
            id: `new-${n}`,
            position: 2000 + n,
            at: "2026-11-15T13:42:00Z",
            body: { kind: "said", text: `new ${n}`, understood: null },
          },
        });
      }
      const pill = page.getByRole("button", { name: /^3 new/ });
      await pill.waitFor();
      assert.equal((await place()).y, before);
      await pill.click();
      await page.getByText("new 3", { exact: true }).waitFor();
      await page.waitForTimeout(200);
      assert.ok((await fromEnd(page)) < 2);
      assert.equal(await pill.count(), 0);
    }));

  it("a reply that grows below does not move what is being read above", () =>
    open("journal=empty", async (page) => {
      const text = "word ".repeat(1200);
      await push(page, reply("r", 10, text));
      await page.getByText("word word").first().waitFor();
      await wheel(page, -2000);
      const top = await scrollTop(page);
      for (let n = 0; n < 5; n += 1) {
        await push(page, { type: "message.delta", message: "r", text: `more ${"words ".repeat(60)}\n\n` });
        await page.waitForTimeout(40);
      }
      assert.equal(await scrollTop(page), top);
    }));

  it("at the end, a reply that grows is followed", () =>
    open("journal=thousand", async (page) => {
      await push(page, reply("r", 5000, "begins"));
      for (let n = 0; n < 8; n += 1) {
        await push(page, { type: "message.delta", message: "r", text: `${"words ".repeat(60)}\n\n` });
        await page.waitForTimeout(40);
      }
      await page.waitForTimeout(150);
      assert.ok((await fromEnd(page)) < 2);
    }));

  it("older entries are read while scrolling up, and only a few are in the page", () =>
    open("journal=thousand", async (page) => {
      for (let n = 0; n < 60; n += 1) {
        await wheel(page, -2500);
        if (await page.getByText("1. Where is the session opened?", { exact: true }).count()) {
          break;
        }
      }
      for (let n = 0; n < 30 && (await scrollTop(page)) > 0; n += 1) {
        await wheel(page, -5000);
      }
      await page.getByText("1. Where is the session opened?", { exact: true }).waitFor();
      assert.ok((await log(page).locator("[data-index]").count()) < 60);
    }));

  it("a page of older entries does not move what is being read", () =>
    open("journal=thousand", async (page) => {
      const near = async () =>
        page.evaluate(() => {
          const found = [...document.querySelectorAll("[data-index]")].find(
            (each) => each.getBoundingClientRect().top > 200 && /^You\d/.test(each.textContent),
          );
          return { text: found.textContent, top: found.getBoundingClientRect().top };
        });
      await log(page).evaluate((box) => box.scrollTo(0, 1200));
      await page.waitForTimeout(300);
      await log(page).evaluate((box) => box.scrollBy(0, -450));
      const before = await near();
      await page.waitForTimeout(400);
      const same = await page.evaluate(
        (text) =>
          [...document.querySelectorAll("[data-index]")]
            .find((each) => each.textContent === text)
            ?.getBoundingClientRect().top,
        before.text,
      );
      assert.ok(Math.abs(same - before.top) < 3, `${before.top} became ${same}`);
    }));
});

describe("hostile text", () => {
  it("makes no live element, runs nothing and asks the network for nothing", () =>
    open("journal=markdown", async (page) => {
      await page.getByText("Image, not loaded").waitFor();
      for (const position of ["end", "start"]) {
        await log(page).evaluate((box, at) => box.scrollTo(0, at === "end" ? box.scrollHeight : 0), position);
        await page.waitForTimeout(150);
        const live = await log(page).evaluate(
          (box) =>
            box.querySelectorAll(
              "img, script, style, link, iframe, form, input, base, object, embed, video, a[href], [onerror], [onload]",
            ).length,
        );
        assert.equal(live, 0);
      }
      assert.equal(await page.evaluate(() => window.pwned), undefined);
    }));

  it("a link shows where it leads and opens nothing by itself", () =>
    open("journal=markdown", async (page) => {
      await page.getByRole("button", { name: "https://good.test/auto" }).click();
      await page.getByText("This leads to").waitFor();
      assert.deepEqual(await acts(page), []);
      await page.getByRole("button", { name: "Open in the browser" }).click();
      await page.waitForTimeout(50);
      assert.deepEqual(await acts(page), [{ kind: "open_link", url: "https://good.test/auto" }]);
      for (const text of ["script", "data", "file", "own", "editor", "relative", "user"]) {
        assert.equal(await page.getByRole("button", { name: text, exact: true }).count(), 0);
      }
    }));
});

describe("the keyboard", () => {
  it("is enough: palette, keys, cards, Now, and back to writing", () =>
    open("journal=working", async (page) => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type("pau refac");
      await page.getByRole("option", { name: /Pause Refactor the auth module/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByText("Paused · 5 processes frozen").waitFor();

      await page.keyboard.press("Control+k");
      await page.keyboard.type("going on now");
      await page.keyboard.press("Enter");
      await page.getByRole("main", { name: "Now" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("conversation");
      await page.keyboard.press("Enter");
      await page.getByRole("main", { name: "Conversation" }).waitFor();

      await log(page).focus();
      await page.keyboard.press("k");
      const first = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
      await page.keyboard.press("j");
      const next = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
      assert.ok(first && next && first !== next, `${first} then ${next}`);

      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
      assert.equal(
        (await acts(page)).some((act) => act.kind === "stop_reply"),
        false,
      );
    }));

  it("the arrow up edits the last message, and Shift Enter begins a new line", () =>
    open("journal=working", async (page) => {
      await composer(page).focus();
      await page.keyboard.press("ArrowUp");
      assert.equal(await composer(page).inputValue(), "What does HS256 mean again?");
      await page.keyboard.press("Shift+Enter");
      assert.equal(await composer(page).inputValue(), "What does HS256 mean again?\n");
      assert.deepEqual(
        (await acts(page)).filter((act) => act.kind === "send"),
        [],
      );
    }));

  it("a slash offers the commands and an at sign the tasks", () =>
    open("journal=working", async (page) => {
      await composer(page).fill("/f");
      await page.getByRole("option", { name: /find/ }).waitFor();
      await page.keyboard.press("Enter");
      assert.equal(await composer(page).inputValue(), "find ");
      await composer(page).fill("");
      await page.keyboard.type("Tell @ref");
      await page.getByRole("option", { name: /Refactor the auth module/ }).waitFor();
      await page.keyboard.press("Tab");
      assert.equal(await composer(page).inputValue(), "Tell @Refactor the auth module ");
    }));
});

it("another repository is opened from the palette and beside the composer", () =>
  open("journal=empty", async (page) => {
    page.on("dialog", (dialog) => dialog.accept());
    await page.getByRole("button", { name: /Open another repository$/ }).click();
    await page.locator("header").getByText("checkout-web").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByText("Open another repository").waitFor();
  }));

describe("without a model", () => {
  it("commands are offered instead of a voice, and a kept request offers the closest one", () =>
    open("journal=first-run", async (page) => {
      await page.getByRole("heading", { name: "Nothing is connected yet" }).waitFor();
      assert.equal(await composer(page).getAttribute("placeholder"), "scan · find · run");
      await page.getByRole("button", { name: 'find "login"' }).click();
      await page.waitForTimeout(60);
      const chosen = (await acts(page)).find((act) => act.kind === "choose");
      assert.equal(chosen.says, 'find "login"');
    }));
});

describe("agents of others", () => {
  it("one that lacks what it is spoken to by is named where nothing is connected, and what is not here is not", () =>
    open("journal=first-run", async (page) => {
      const row = page.getByRole("listitem").filter({ hasText: "Claude Code" });
      await row.getByText("what it is spoken to by is not").waitFor();
      await row.getByRole("button", { name: "Copy the command" }).click();
      await row.getByRole("button", { name: "Copied" }).waitFor();
      assert.equal(await page.getByText("Gemini CLI").count(), 0);
    }));

  it("its page says what is true of each, and names those that are not here on one line", () =>
    open("journal=working", async (page) => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type("agents");
      await page.keyboard.press("Enter");
      await page.getByText("Not here: Gemini CLI").waitFor();
      const row = page.getByRole("listitem").filter({ hasText: "Codex" });
      await row.getByText("can be steered while it works · resumes after a crash").waitFor();
    }));
});

describe("in a narrow window", () => {
  const narrow = { width: 420, height: 800 };

  it("the verbs of a question stand below it", () =>
    open(
      "journal=working",
      async (page) => {
        await page.getByTitle("What is going on now").click();
        const now = page.getByRole("main", { name: "Now" });
        const words = await now.getByText(/^May it reach api.github.com\? · waiting/).boundingBox();
        const verb = await now.getByRole("button", { name: "Allow once" }).boundingBox();
        assert.ok(verb.y >= words.y + words.height, `${JSON.stringify(words)} ${JSON.stringify(verb)}`);
      },
      narrow,
    ));

  it("what became of a folded card is said whole", () =>
    open(
      "journal=states",
      async (page) => {
        await wheel(page, -1500);
        const state = page.getByText("14 processes gone, 2 changed files kept");
        await state.waitFor();
        const cut = await state.evaluate((box) => {
          const range = document.createRange();
          range.selectNodeContents(box);
          const card = box.closest("article").getBoundingClientRect();
          return range.getBoundingClientRect().right > card.right;
        });
        assert.equal(cut, false);
      },
      narrow,
    ));

  it("the name of the repository stands whole beside what is going on", () =>
    open(
      "journal=working",
      async (page) => {
        await page.getByText("2 running").waitFor();
        const name = page.locator("header").first().getByText("payments-api");
        assert.ok(await name.evaluate((box) => box.scrollWidth <= box.clientWidth));
      },
      narrow,
    ));
});

for (const [width, height] of [
  [420, 800],
  [700, 800],
  [900, 900],
  [1600, 1000],
]) {
  it(`nothing is wider than the window at ${width}`, () =>
    open(
      "journal=states",
      async (page) => {
        for (const journal of ["states", "landing", "markdown"]) {
          await page.goto(`${server.url}?journal=${journal}`);
          await composer(page).waitFor();
          await page.waitForTimeout(200);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(over <= 0);
          const wide = await log(page).evaluate((box) => box.scrollWidth - box.clientWidth);
          assert.ok(wide <= 0, `${journal} is ${wide} wider`);
        }
      },
      { width, height },
    ));
}
