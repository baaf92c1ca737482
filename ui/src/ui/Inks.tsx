import type { Inked } from "../lib/highlight/inks";
import styles from "./Ink.module.css";
import { drawn } from "./Visible";

/** One line of code in its inks. */
export function InkedLine({ parts }: { parts: readonly Inked[] }) {
  return parts.map((part, index) =>
    part.ink === "plain" ? (
      drawn(part.text)
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed line never move.
      <span key={index} className={styles[part.ink]}>
        {drawn(part.text)}
      </span>
    ),
  );
}
