import type { Inked } from "../lib/highlight/inks";
import styles from "./Ink.module.css";

/** One line of code in its inks. */
export function InkedLine({ parts }: { parts: readonly Inked[] }) {
  return parts.map((part, index) =>
    part.ink === "plain" ? (
      part.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed line never move.
      <span key={index} className={styles[part.ink]}>
        {part.text}
      </span>
    ),
  );
}
