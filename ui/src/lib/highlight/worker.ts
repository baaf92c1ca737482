/** Finds the inks of code, away from the page, so that a long file never holds up a key. */
import { createHighlighterCore, type HighlighterCore, type ThemeRegistration } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { grammar } from "./grammars";
import { INKS, type Ink, type Inked, type Request, type Response } from "./inks";
import { languageOf } from "./languages";

/** Scopes by ink. The theme's colours are only numbers: what they look like is for the tokens to say. */
const SCOPES: Record<Exclude<Ink, "plain">, string[]> = {
  keyword: ["keyword", "storage", "constant.language", "variable.language", "punctuation.definition.keyword"],
  string: ["string", "constant.character", "constant.numeric", "markup.inline.raw"],
  function: ["entity.name.function", "support.function", "meta.function-call entity.name", "entity.name.tag"],
  type: [
    "entity.name.type",
    "entity.name.class",
    "support.type",
    "support.class",
    "entity.other.attribute-name",
  ],
  comment: ["comment", "punctuation.definition.comment"],
};

const colour = (ink: Ink) => `#00000${INKS.indexOf(ink)}`;
const BY_COLOUR = new Map(INKS.map((ink) => [colour(ink), ink]));

const theme: ThemeRegistration = {
  name: "inks",
  type: "light",
  colors: { "editor.foreground": colour("plain"), "editor.background": "#ffffff" },
  settings: [
    { settings: { foreground: colour("plain"), background: "#ffffff" } },
    ...INKS.flatMap((ink) =>
      ink === "plain" ? [] : [{ scope: SCOPES[ink], settings: { foreground: colour(ink) } }],
    ),
    { scope: ["keyword.operator", "storage.modifier.lifetime"], settings: { foreground: colour("plain") } },
  ],
};

let core: Promise<HighlighterCore> | null = null;

async function inked({ text, language }: Request): Promise<Inked[][] | null> {
  const known = languageOf(language);
  if (known === null) {
    return null;
  }
  core ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const highlighter = await core;
  if (!highlighter.getLoadedLanguages().includes(known)) {
    await highlighter.loadLanguage(...(await grammar(known)));
  }
  return highlighter
    .codeToTokensBase(text, { lang: known, theme: "inks", tokenizeTimeLimit: 200 })
    .map((line) => joined(line.map((token) => ({ text: token.content, ink: inkOf(token.color) }))));
}

function inkOf(found: string | undefined): Ink {
  return BY_COLOUR.get(found?.toLowerCase() ?? "") ?? "plain";
}

function joined(parts: Inked[]): Inked[] {
  const found: Inked[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last?.ink === part.ink) {
      last.text += part.text;
    } else {
      found.push({ ...part });
    }
  }
  return found;
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const answer = (lines: Response["lines"]) => self.postMessage({ id: data.id, lines } satisfies Response);
  try {
    answer(await inked(data));
  } catch {
    // A grammar that cannot read a text leaves it plain; there is nothing a person could do about it.
    answer(null);
  }
};
