import { useState } from "react";
import { failureOf } from "../../ipc/backend";
import { useAmpersand } from "../../ipc/context";
import type { Diff, DiffFile, Diffstat, TaskId } from "../../ipc/generated/protocol";
import { failureText } from "../../lib/failure";
import { setOpen, useOpen, useWindow } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Icon } from "../../ui/icons";
import styles from "./Changes.module.css";
import { Hunks } from "./Hunks";

const FILES_SHOWN = 3;

/** What a diffstat says about a file. */
interface Row {
  path: string;
  added: number;
  removed: number;
}

/** The files a task changed; each opens in place. The diff is asked for when the first one is opened. */
export function Changes({ task, diffstat }: { task: TaskId; diffstat: Diffstat }) {
  const { diff, failure, fetch } = useDiff(task);
  const [all, showAll] = useOpen(`files:${task}`);
  const rows: readonly Row[] = diffstat.files;
  const shown = all ? rows : rows.slice(0, FILES_SHOWN);
  const hidden = diffstat.count - shown.length;
  const wide = useWindow((state) => rows.some((row) => state.open[fileName(task, row.path)]));
  return (
    <div data-wide={wide ? "" : undefined}>
      {shown.map((row, index) => (
        <File
          key={row.path}
          name={fileName(task, row.path)}
          row={row}
          file={diff?.files.find((each) => each.path === row.path)}
          failure={failure}
          onOpen={fetch}
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

/** Diffs that were asked for; they outlive their card being scrolled away. */
const diffs = new Map<TaskId, Diff>();

function useDiff(task: TaskId): { diff: Diff | undefined; failure: string | null; fetch: () => void } {
  const { backend } = useAmpersand();
  const [diff, setDiff] = useState(diffs.get(task));
  const [failure, setFailure] = useState<string | null>(null);
  const fetch = () => {
    setFailure(null);
    backend.query({ kind: "diff", task }).then(
      (answer) => {
        diffs.set(task, answer);
        setDiff(answer);
      },
      (error: unknown) => setFailure(failureText(failureOf(error))),
    );
  };
  return { diff, failure, fetch };
}

function fileName(task: TaskId, path: string): string {
  return `file:${task}:${path}`;
}

interface FileProps {
  name: string;
  row: Row;
  file: DiffFile | undefined;
  failure: string | null;
  onOpen: () => void;
  children: React.ReactNode;
}

function File({ name, row, file, failure, onOpen, children }: FileProps) {
  const open = useWindow((state) => state.open[name] ?? false);
  const toggle = () => {
    if (!open) {
      onOpen();
    }
    setOpen(name, !open);
  };
  return (
    <section aria-label={row.path}>
      <div className={open ? styles.bar : `${styles.bar} ${styles.shut}`}>
        <button type="button" className={styles.name} aria-expanded={open} onClick={toggle}>
          <Icon name={open ? "down" : "right"} />
          <span className="cut">{row.path}</span>
        </button>
        <Stat added={row.added} removed={row.removed} />
        {file?.old_path ? <span className="cut">{strings.diff.renamed(file.old_path)}</span> : null}
        {file && strings.diff.kind[file.kind] ? <span>{strings.diff.kind[file.kind]}</span> : null}
        {children}
      </div>
      {open ? (
        file ? (
          <Hunks file={file} />
        ) : (
          <p className={styles.note}>{failure ?? strings.task.loading}</p>
        )
      ) : null}
    </section>
  );
}
