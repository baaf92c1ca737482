import type { FailedCheck, Found, ReviewComment } from "../../ipc/generated/protocol";
import { visible } from "../../lib/visible";
import { useOpen } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Glyph } from "../../ui/Glyph";
import { drawn, drawnProse } from "../../ui/Visible";
import styles from "./Found.module.css";
import { placeOf } from "./words";

/** What was found on a pull request: words of others, as inert text. */
export function FoundThere({ name, found }: { name: string; found: Found }) {
  if (found.checks.length === 0 && found.comments.length === 0) {
    return null;
  }
  return (
    <div className={styles.found}>
      {found.checks.map((check) => (
        <CheckThere key={check.id} name={`${name}:${check.id}`} check={check} />
      ))}
      {found.comments.map((comment) => (
        <CommentThere key={comment.id} comment={comment} />
      ))}
    </div>
  );
}

function CheckThere({ name, check }: { name: string; check: FailedCheck }) {
  const [open, toggle] = useOpen(name, true);
  return (
    <section aria-label={visible(check.name)}>
      <div className={styles.head}>
        <Glyph name="bad" />
        <span className="cut">{drawn(check.name)}</span>
        {check.log === "" ? null : (
          <button type="button" className={styles.more} aria-expanded={open} onClick={toggle}>
            {open ? strings.outgoing.hideLog : strings.outgoing.showLog}
          </button>
        )}
        <span className={styles.side}>{strings.outgoing.failed}</span>
      </div>
      {check.log === "" ? (
        <p className={styles.quiet}>{strings.outgoing.noLog}</p>
      ) : open ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard.
        <pre className={styles.log} tabIndex={0}>
          {drawn(check.log)}
        </pre>
      ) : null}
    </section>
  );
}

function CommentThere({ comment }: { comment: ReviewComment }) {
  return (
    <section aria-label={visible(strings.outgoing.wrote(comment.author, placeOf(comment)))}>
      <div className={styles.head}>
        <Glyph name="plain" />
        <span className="cut">{drawn(strings.outgoing.wrote(comment.author, placeOf(comment)))}</span>
      </div>
      <p className={styles.words}>{drawnProse(comment.body)}</p>
      {comment.may_write ? null : <p className={styles.quiet}>{strings.outgoing.stranger}</p>}
    </section>
  );
}
