import { useCallback, useEffect, useMemo, useState } from "react";
import { failureOf } from "../../ipc/backend";
import { useAmpersand, useTask } from "../../ipc/context";
import type { Diff, DiffFile, Diffstat, TaskId } from "../../ipc/generated/protocol";
import { failureText } from "../../lib/failure";
import { type Moved, movedLines } from "../../lib/moved";
import { visible } from "../../lib/visible";
import { setOpen, useOpen, useWindow } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/icons";
import { drawn } from "../../ui/Visible";
import styles from "./Changes.module.css";
import { CommentsBar } from "./Comments";
import { Hunks } from "./Hunks";

const FILES_SHOWN = 3;

/** The name under which the window remembers that diffs stand in two columns. */
const SPLIT = "diff:split";

/** What a diffstat says about a file. */
interface Row {
  path: string;
  added: number;
  removed: number;
}

interface Props {
  task: TaskId;
  /** The number of the result they belong to. */
  result: number;
  diffstat: Diffstat;
}

/** The files a task changed; each opens in place. The diff is asked for when the first one is opened. */
export function Changes({ task, result, diffstat }: Props) {
  const { diff, failure, fetch } = useDiff(task, result);
  const moves = useMemo(() => (diff ? movedLines(diff.files) : null), [diff]);
  const listens = useTask(task)?.verbs.includes("steer") ?? false;
  const [all, showAll] = useOpen(`files:${task}`);
  const split = useWindow((state) => state.open[SPLIT] ?? false);
  const rows: readonly Row[] = diffstat.files;
  const shown = all ? rows : rows.slice(0, FILES_SHOWN);
  const hidden = diffstat.count - shown.length;
  const wide = useWindow((state) => rows.some((row) => state.open[fileName(task, row.path)]));
  useEffect(() => {
    if (wide && diff === undefined) {
      fetch();
    }
  }, [wide, diff, fetch]);
  return (
    <div data-wide={wide ? "" : undefined}>
      {shown.map((row, index) => (
        <File
          key={row.path}
          name={fileName(task, row.path)}
          row={row}
          file={diff?.files.find((each) => each.path === row.path)}
          moved={moves?.get(row.path)}
          of={task}
          task={listens ? task : undefined}
          split={split}
          failure={failure}
        >
          {index === 0 ? (
            <span className={`${styles.all} num`}>
              {strings.landing.files(diffstat.count)}{" "}
              <Stat added={diffstat.added} removed={diffstat.removed} />
            </span>
          ) : null}
          {index === shown.length - 1 && hidden > 0 && rows.length > shown.length ? (
            <button
              type="button"
              className={styles.hidden}
              onClick={(event) => {
                event.stopPropagation();
                showAll();
              }}
            >
              {strings.landing.moreFiles(hidden)}
            </button>
          ) : null}
        </File>
      ))}
      {all && hidden > 0 ? <p className={styles.note}>{strings.diff.leftOut(hidden)}</p> : null}
      {wide ? (
        <p className={styles.layout}>
          <Button tone="link" aria-pressed={split} onClick={() => setOpen(SPLIT, !split)}>
            {split ? strings.diff.unified : strings.diff.split}
          </Button>
        </p>
      ) : null}
      {listens ? <CommentsBar task={task} /> : null}
    </div>
  );
}

export function Stat({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="num">
      <span className={styles.added}>+{added}</span> <span className={styles.removed}>−{removed}</span>
    </span>
  );
}

/** Diffs that were asked for, by the result they belong to; they outlive their card being scrolled away. */
const diffs = new Map<number, Diff>();

function useDiff(
  task: TaskId,
  result: number,
): { diff: Diff | undefined; failure: string | null; fetch: () => void } {
  const { backend } = useAmpersand();
  const [diff, setDiff] = useState(diffs.get(result));
  const [failure, setFailure] = useState<string | null>(null);
  const fetch = useCallback(() => {
    setFailure(null);
    backend.query({ kind: "diff", task }).then(
      (answer) => {
        diffs.set(result, answer);
        setDiff(answer);
      },
      (error: unknown) => setFailure(failureText(failureOf(error))),
    );
  }, [backend, task, result]);
  return { diff, failure, fetch };
}

function fileName(task: TaskId, path: string): string {
  return `file:${task}:${path}`;
}

interface FileProps {
  name: string;
  row: Row;
  file: DiffFile | undefined;
  moved: ReadonlyMap<string, Moved> | undefined;
  /** Whose it is. */
  of: TaskId;
  /** The same, if its agent can be told something. */
  task: TaskId | undefined;
  split: boolean;
  failure: string | null;
  children: React.ReactNode;
}

function File({ name, row, file, moved, of, task, split, failure, children }: FileProps) {
  const open = useWindow((state) => state.open[name] ?? false);
  return (
    <section aria-label={visible(row.path)}>
      <div className={open ? styles.bar : `${styles.bar} ${styles.shut}`}>
        <button
          type="button"
          className={styles.name}
          aria-expanded={open}
          onClick={() => setOpen(name, !open)}
        >
          <Icon name={open ? "down" : "right"} />
          <span className="cut">{drawn(row.path)}</span>
        </button>
        <Stat added={row.added} removed={row.removed} />
        {file?.old_path ? <span className="cut">{drawn(strings.diff.renamed(file.old_path))}</span> : null}
        {file && strings.diff.kind[file.kind] ? <span>{strings.diff.kind[file.kind]}</span> : null}
        {children}
      </div>
      {open ? (
        file ? (
          <Hunks file={file} of={of} task={task} moved={moved} split={split} />
        ) : (
          <p className={styles.note}>{failure ?? strings.task.loading}</p>
        )
      ) : null}
    </section>
  );
}
