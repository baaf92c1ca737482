import { Fragment, type KeyboardEvent, memo } from "react";
import type { DiffFile, DiffHunk, DiffLine, TaskId } from "../../ipc/generated/protocol";
import { type Comment, useCommentsOf } from "../../lib/comments";
import type { Inked } from "../../lib/highlight/inks";
import { type Language, languageOfPath } from "../../lib/highlight/languages";
import { useInks } from "../../lib/highlight/useInks";
import { cross, type Marked } from "../../lib/marks";
import { type Moved, placeOf } from "../../lib/moved";
import { pairs } from "../../lib/pairs";
import { rowsOf } from "../../lib/rows";
import { visible } from "../../lib/visible";
import { setOpen, useWindow } from "../../lib/window";
import { type Span, wordDiff } from "../../lib/words";
import { strings } from "../../strings/strings";
import { InkedLine } from "../../ui/Inks";
import { Icon } from "../../ui/icons";
import { drawn } from "../../ui/Visible";
import { CommentForm, CommentView } from "./Comments";
import styles from "./Hunks.module.css";
import { mayBePicture, Pictures } from "./Pictures";

interface Props {
  file: DiffFile;
  /** Whose diff it is, where more can be read of it. */
  of?: TaskId | undefined;
  /** The same, if its agent can be told something about it. */
  task?: TaskId | undefined;
  /** Which of its lines were moved. */
  moved?: ReadonlyMap<string, Moved> | undefined;
  /** Whether what was stands beside what is, where there is both. */
  split?: boolean;
}

/** A file's hunks, in one column or in two; what changed within a line is marked. Numbers and signs cannot be selected. */
export const Hunks = memo(function Hunks({ file, of, task, moved, split = false }: Props) {
  if (file.binary && of !== undefined && mayBePicture(file.path)) {
    return <Pictures task={of} path={file.path} />;
  }
  if (file.binary) {
    return <p className={styles.note}>{strings.diff.binary}</p>;
  }
  const beside = split && file.kind !== "added" && file.kind !== "deleted";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the buttons inside.
    <div className={styles.diff} onKeyDown={task === undefined ? undefined : walk}>
      {file.hunks.map((hunk, index) => (
        <HunkView
          key={hunk.header}
          hunk={hunk}
          index={index}
          gap={gapBefore(file.hunks, index)}
          path={file.path}
          task={task}
          moved={moved}
          split={beside}
        />
      ))}
      {file.cut ? <p className={styles.gap}>{strings.diff.cut}</p> : null}
    </div>
  );
});

/** The arrows go from line to line; a file is one stop of the tabulator. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button[data-comment]")];
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  const next = step === undefined || at < 0 ? undefined : all[at + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

/** Unchanged lines between a hunk and the one before it. */
function gapBefore(hunks: readonly DiffHunk[], index: number): number {
  const before = hunks[index - 1]?.lines.findLast((line) => line.new !== null)?.new;
  const first = hunks[index]?.lines.find((line) => line.new !== null)?.new;
  if (first === null || first === undefined) {
    return 0;
  }
  return index === 0 ? 0 : Math.max(0, first - (before ?? first) - 1);
}

interface HunkProps extends Pick<Props, "task" | "moved"> {
  split: boolean;
  hunk: DiffHunk;
  index: number;
  gap: number;
  path: string;
}

function HunkView({ hunk, index, gap, path, task, moved, split }: HunkProps) {
  const against = pairs(hunk.lines);
  const inks = useLineInks(hunk, languageOfPath(path));
  const view = (at: number, side: Side | null) => {
    const line = hunk.lines[at];
    if (!line) {
      return null;
    }
    const went = moved?.get(placeOf(index, at));
    const other = went === undefined ? against.get(at) : undefined;
    const spans = spansOf(line, other === undefined ? undefined : hunk.lines[other]);
    const drawn = <LineView line={line} parts={cross(spans, inks[at])} moved={went} side={side} />;
    // A line that did not change stands on both sides, and can be commented on where it is now.
    return task === undefined || (side === "before" && line.kind === "context") ? (
      drawn
    ) : (
      <Commented task={task} path={path} line={line} first={index === 0 && at === 0}>
        {drawn}
      </Commented>
    );
  };
  return (
    <>
      {gap > 0 ? <p className={styles.gap}>{strings.diff.gap(gap)}</p> : null}
      {split
        ? rowsOf(hunk.lines, against).map(({ before, after }) => (
            <div key={`${before}:${after}`} className={styles.row}>
              <div className={styles.side}>{before === null ? null : view(before, "before")}</div>
              <div className={styles.side}>{after === null ? null : view(after, "after")}</div>
            </div>
          ))
        : hunk.lines.map((_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a fixed diff never move.
            <Fragment key={at}>{view(at, null)}</Fragment>
          ))}
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

type Side = "before" | "after";

interface LineProps {
  line: DiffLine;
  parts: Marked[];
  moved: Moved | undefined;
  /** On which side of two it stands; null in one column. */
  side: Side | null;
}

function LineView({ line, parts, moved, side }: LineProps) {
  return (
    <div
      className={`${styles.line} ${styles[line.kind]}`}
      data-moved={moved === undefined ? undefined : ""}
      data-side={side ?? undefined}
    >
      {side === "after" ? null : <span className={styles.number} data-number={line.old ?? ""} />}
      {side === "before" ? null : <span className={styles.number} data-number={line.new ?? ""} />}
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
      {moved?.first ? (
        <span className={styles.went} title={visible(wentWords(line, moved))}>
          {drawn(wentWords(line, moved))}
        </span>
      ) : null}
    </div>
  );
}

function wentWords(line: DiffLine, { path, line: number }: Moved): string {
  const place = `${path}:${number}`;
  return line.kind === "added" ? strings.diff.movedFrom(place) : strings.diff.movedTo(place);
}

interface CommentedProps {
  task: TaskId;
  path: string;
  line: DiffLine;
  /** Whether the tabulator comes to it: the arrows come to the others. */
  first: boolean;
  children: React.ReactNode;
}

/** A line that can be commented on, with its comment below it. */
function Commented({ task, path, line, first, children }: CommentedProps) {
  const side = line.kind === "removed" ? "before" : "after";
  const number = (side === "before" ? line.old : line.new) ?? 0;
  const name = `comment:${task}:${side}:${number}:${path}`;
  const writing = useWindow((state) => state.open[name] ?? false);
  const kept = useCommentsOf(task).find(
    (comment) => comment.path === path && comment.side === side && comment.line === number,
  );
  const about: Comment = { path, side, line: number, code: line.text, text: kept?.text ?? "" };
  return (
    <div className={styles.commented}>
      {children}
      <button
        type="button"
        className={styles.comment}
        data-comment=""
        tabIndex={first ? 0 : -1}
        aria-label={strings.diff.comment(number)}
        title={strings.diff.comment(number)}
        aria-expanded={writing}
        onClick={() => setOpen(name, !writing)}
      >
        <Icon name="say" />
      </button>
      {writing ? (
        <CommentForm task={task} about={about} onEnd={() => setOpen(name, false)} />
      ) : kept ? (
        <CommentView task={task} comment={kept} onOpen={() => setOpen(name, true)} />
      ) : null}
    </div>
  );
}
