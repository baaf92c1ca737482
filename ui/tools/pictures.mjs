// Draws every screen into a folder: node tools/pictures.mjs FOLDER [NAME…]. Needs a Chromium and `npm run build:fake`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS, serve } from "./serve.mjs";

const SIZES = { 900: [900, 900], 1334: [1334, 896], 1600: [1600, 1000] };

/** What to show, and what to do before the picture is taken. */
const SCREENS = {
  working: {
    journal: "working",
    before: async (page) =>
      page.getByLabel("Message").fill("Tell @Refactor the auth module to keep the public API"),
  },
  plan: {
    journal: "working",
    before: async (page) => {
      await page.mouse.move(600, 400);
      await page.mouse.wheel(0, -320);
      await page.getByRole("button", { name: /^Why/ }).last().click();
      await page.getByRole("button", { name: "More for Refactor the auth module" }).click();
      await page.getByRole("menuitem", { name: "Given" }).click();
    },
  },
  report: {
    journal: "working",
    before: async (page) => page.getByRole("button", { name: "Open report" }).last().click(),
  },
  pane: {
    journal: "working",
    sizes: ["1600"],
    before: async (page) => {
      await page.getByRole("button", { name: "More for Refactor the auth module" }).click();
      await page.getByRole("menuitem", { name: "Open beside" }).click();
    },
  },
  menu: {
    journal: "working",
    before: async (page) => {
      await page.mouse.move(600, 400);
      await page.mouse.wheel(0, -200);
      await page.getByRole("button", { name: "More for Refactor the auth module" }).click();
    },
  },
  landing: {
    journal: "landing",
    before: async (page) => page.getByRole("button", { name: "src/auth/session.rs" }).click(),
  },
  states: { journal: "states" },
  "states-up": {
    journal: "states",
    before: async (page) => {
      await page.mouse.move(600, 400);
      await page.mouse.wheel(0, -1000);
      await page.waitForTimeout(200);
    },
  },
  "first-run": { journal: "first-run" },
  kept: {
    journal: "first-run",
    before: async (page) => page.getByRole("button", { name: "Connect a model" }).click(),
  },
  nowhere: { journal: "nowhere" },
  empty: { journal: "empty" },
  now: { journal: "working", before: async (page) => page.getByTitle("What is going on now").click() },
  agents: {
    journal: "working",
    before: async (page) => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type("agents");
      await page.keyboard.press("Enter");
    },
  },
  palette: {
    journal: "working",
    before: async (page) => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type("pau");
    },
  },
  keys: {
    journal: "working",
    before: async (page) => {
      await page.getByLabel("Message").blur();
      await page.keyboard.press("?");
    },
  },
  commands: { journal: "working", before: async (page) => page.getByLabel("Message").fill("/") },
  markdown: {
    journal: "markdown",
    before: async (page) => {
      await page.mouse.move(600, 400);
      await page.mouse.wheel(0, -4000);
      await page.waitForTimeout(200);
    },
  },
  hostile: { journal: "markdown" },
  thousand: { journal: "thousand" },
  chinese: { journal: "working", query: "&language=zh" },
};

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tools/pictures.mjs FOLDER [NAME…]");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const server = await serve();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
for (const [name, screen] of Object.entries(SCREENS)) {
  if (wanted.length > 0 && !wanted.includes(name)) {
    continue;
  }
  for (const theme of ["light", "dark"]) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      if (screen.sizes && !screen.sizes.includes(size)) {
        continue;
      }
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor: 1,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(name, error.message));
      await page.goto(`${server.url}?journal=${screen.journal}&theme=${theme}${screen.query ?? ""}`);
      await page.getByRole("textbox").first().waitFor();
      await page.waitForTimeout(150);
      await screen.before?.(page);
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `${name}-${theme}-${size}.png`) });
      await context.close();
    }
  }
}
await browser.close();
server.close();
