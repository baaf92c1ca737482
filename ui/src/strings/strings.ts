import { en, type Strings } from "./en";
import { zhHans } from "./zh-Hans";

/** The catalogue for a list of languages as the system prefers them. */
export function pick(languages: readonly string[]): Strings {
  for (const language of languages) {
    const tag = language.toLowerCase();
    if (tag.startsWith("en")) {
      return en;
    }
    if (tag.startsWith("zh")) {
      return zhHans;
    }
  }
  return en;
}

const asked = typeof location === "undefined" ? null : new URLSearchParams(location.search).get("language");

/** Every word the window says, in the system's language. */
export const strings: Strings = pick(
  asked ? [asked] : typeof navigator === "undefined" ? [] : navigator.languages,
);
