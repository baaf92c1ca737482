import { memo } from "react";
import type { DiffFile, DiffHunk, DiffLine } from "../../ipc/generated/protocol";
import type { Inked } from "../../lib/highlight/inks";
import { type Language, languageOfPath } from "../../lib/highlight/languages";
import { useInks } from "../../lib/highlight/useInks";
import { cross, type Marked } from "../../lib/marks";
import { pairs } from "../../lib/pairs";
import { type Span, wordDiff } from "../../lib/words";
import { strings } from "../../strings/strings";
import { InkedLine } from "../../ui/Inks";
import styles from "./Hunks.module.css";

/** A file's hunks, unified; what changed within a line is marked. Numbers and signs cannot be selected. */
export const Hunks = memo(function Hunks({ file }: { file: DiffFile }) {
  if (file.binary) {
    return <p className={styles.note}>{strings.diff.binary}</p>;
  }
  return (
    <div className={styles.diff}>
      {file.hunks.map((hunk, index) => (
        <HunkView
          key={hunk.header}
          hunk={hunk}
          gap={gapBefore(file.hunks, index)}
          language={languageOfPath(file.path)}
        />
      ))}
      {file.cut ? <p className={styles.gap}>{strings.diff.cut}</p> : null}
    </div>
  );
});

/** Unchanged lines between a hunk and the one before it. */
function gapBefore(hunks: readonly DiffHunk[], index: number): number {
  const before = hunks[index - 1]?.lines.findLast((line) => line.new !== null)?.new;
  const first = hunks[index]?.lines.find((line) => line.new !== null)?.new;
  if (first === null || first === undefined) {
    return 0;
  }
  return index === 0 ? 0 : Math.max(0, first - (before ?? first) - 1);
}

function HunkView({ hunk, gap, language }: { hunk: DiffHunk; gap: number; language: Language | null }) {
  const against = pairs(hunk.lines);
  const inks = useLineInks(hunk, language);
  return (
    <>
      {gap > 0 ? <p className={styles.gap}>{strings.diff.gap(gap)}</p> : null}
      {hunk.lines.map((line, at) => {
        const other = against.get(at);
        const spans = spansOf(line, other === undefined ? undefined : hunk.lines[other]);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a fixed diff never move.
          <LineView key={at} line={line} parts={cross(spans, inks[at])} />
        );
      })}
    </>
  );
}

/** The inks of each line, read as part of the file before or after: a removed line says nothing about the new text. */
function useLineInks(hunk: DiffHunk, language: Language | null): (Inked[] | undefined)[] {
  const side = (without: DiffLine["kind"]) => hunk.lines.filter((line) => line.kind !== without);
  const text = (lines: readonly DiffLine[]) => lines.map((line) => line.text).join("\n");
  const before = useInks(text(side("added")), language);
  const after = useInks(text(side("removed")), language);
  let old = 0;
  let fresh = 0;
  return hunk.lines.map((line) => {
    const found = line.kind === "removed" ? before?.[old] : after?.[fresh];
    old += line.kind === "added" ? 0 : 1;
    fresh += line.kind === "removed" ? 0 : 1;
    return found;
  });
}

function spansOf(line: DiffLine, other: DiffLine | undefined): Span[] {
  if (!other) {
    return [{ text: line.text, changed: false }];
  }
  return line.kind === "removed"
    ? wordDiff(line.text, other.text).before
    : wordDiff(other.text, line.text).after;
}

const SIGNS = { context: "", added: "+", removed: "−" } as const;

function LineView({ line, parts }: { line: DiffLine; parts: Marked[] }) {
  return (
    <div className={`${styles.line} ${styles[line.kind]}`}>
      <span className={styles.number} data-number={line.old ?? ""} />
      <span className={styles.number} data-number={line.new ?? ""} />
      <span className={styles.sign} data-sign={SIGNS[line.kind]} />
      {line.kind === "context" ? null : (
        <span className="heard">{line.kind === "added" ? strings.diff.added : strings.diff.removed}</span>
      )}
      <span className={styles.text}>
        {parts.map((part, index) =>
          part.changed ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed line never move.
            <mark key={index}>
              <InkedLine parts={part.parts} />
            </mark>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed line never move.
            <InkedLine key={index} parts={part.parts} />
          ),
        )}
      </span>
    </div>
  );
}
