import type { Conflict } from "../../../ipc/generated/protocol";
import { visible } from "../../../lib/visible";
import { useOpen } from "../../../lib/window";
import { strings } from "../../../strings/strings";
import { drawn } from "../../../ui/Visible";
import styles from "./Conflicts.module.css";

const FILES_SHOWN = 2;
const words = strings.conflict;

/** What both sides want, file by file and place by place: the branch left, the task's work right. */
export function Conflicts({ name, conflicts }: { name: string; conflicts: readonly Conflict[] }) {
  const [all, showAll] = useOpen(`conflicts:${name}`);
  const shown = all ? conflicts : conflicts.slice(0, FILES_SHOWN);
  const hidden = conflicts.length - shown.length;
  return (
    <>
      {shown.map((conflict) => (
        <File key={conflict.path} conflict={conflict} />
      ))}
      {hidden > 0 ? (
        <button type="button" className={styles.more} onClick={showAll}>
          {strings.landing.showFiles(hidden)}
        </button>
      ) : null}
    </>
  );
}

function File({ conflict }: { conflict: Conflict }) {
  const whole = wholeWords(conflict);
  return (
    <section className={styles.file} aria-label={visible(conflict.path)}>
      <p>
        <span className={styles.path}>{drawn(conflict.path)}</span>
        {whole === null ? null : <span className={styles.whole}> {whole}</span>}
      </p>
      {conflict.places.map((place) => (
        <div key={place.line} className={styles.place}>
          <Side name={words.branch(place.line)} lines={place.branch} />
          <Side name={words.task} lines={place.task} />
        </div>
      ))}
      {conflict.cut ? <p className={styles.cut}>{strings.diff.cut}</p> : null}
    </section>
  );
}

function Side({ name, lines }: { name: string; lines: readonly string[] }) {
  return (
    <div>
      <h4>{name}</h4>
      <pre>
        {lines.length === 0 ? <em className={styles.nothing}>{words.nothing}</em> : drawn(lines.join("\n"))}
      </pre>
    </div>
  );
}

function wholeWords(conflict: Conflict): string | null {
  if (!conflict.branch_has_it) {
    return words.goneOnBranch;
  }
  if (!conflict.task_has_it) {
    return words.goneInWork;
  }
  return conflict.places.length === 0 ? words.asAWhole : null;
}
