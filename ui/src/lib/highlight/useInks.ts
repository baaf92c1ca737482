import { useEffect, useState } from "react";
import { findInks } from "./inker";
import type { Inked } from "./inks";
import type { Language } from "./languages";

const LONGEST = 60_000;
const KEPT = 200;

const known = new Map<string, Inked[][] | null>();

/** Lines of code in their inks; null as long as they are not known, and for what stays plain. */
export function useInks(text: string, language: Language | null): Inked[][] | null {
  const key = language === null || text.length > LONGEST ? null : `${language}\n${text}`;
  const [found, setFound] = useState<{ key: string; lines: Inked[][] | null } | null>(null);
  const remembered = key === null ? null : known.get(key);
  useEffect(() => {
    if (key === null || language === null || known.has(key)) {
      return;
    }
    let wanted = true;
    findInks(text, language).then((lines) => {
      known.set(key, lines);
      const oldest = known.keys().next().value;
      if (known.size > KEPT && oldest !== undefined) {
        known.delete(oldest);
      }
      if (wanted) {
        setFound({ key, lines });
      }
    });
    return () => {
      wanted = false;
    };
  }, [key, text, language]);
  return remembered ?? (found && found.key === key ? found.lines : null);
}
