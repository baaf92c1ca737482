import { Fragment, useState } from "react";
import { copyText } from "../lib/copy";
import { languageOf } from "../lib/highlight/languages";
import { useInks } from "../lib/highlight/useInks";
import { strings } from "../strings/strings";
import styles from "./CodeBlock.module.css";
import { InkedLine } from "./Inks";
import { drawn } from "./Visible";

const COPIED_FOR = 1500;

/** A fence. Plain until it is closed: what is still being written would change its colours with every word. */
export function CodeBlock({ text, language, closed }: { text: string; language: string; closed: boolean }) {
  const lines = useInks(text, closed ? languageOf(language) : null);
  return (
    <figure className={styles.block}>
      <pre className={styles.code}>
        {lines === null
          ? drawn(text)
          : lines.map((parts, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a closed fence never move.
              <Fragment key={index}>
                <InkedLine parts={parts} />
                {index < lines.length - 1 ? "\n" : null}
              </Fragment>
            ))}
      </pre>
      {closed ? <CopyButton text={text} /> : null}
    </figure>
  );
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (await copyText(text)) {
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_FOR);
    }
  };
  return (
    <button type="button" className={styles.copy} onClick={copy}>
      {copied ? strings.log.copied : strings.log.copy}
    </button>
  );
}
