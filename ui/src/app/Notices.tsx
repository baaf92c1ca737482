import { useAmpersand, useNotices, usePlace } from "../ipc/context";
import { failureText } from "../lib/failure";
import { Inline } from "../lib/markdown/Markdown";
import { strings } from "../strings/strings";
import { IconButton } from "../ui/Button";
import { Glyph } from "../ui/Glyph";
import { Icon } from "../ui/icons";
import styles from "./Notices.module.css";

/** What is no entry of the conversation and still has to be known: above the composer, until it is dismissed. */
export function Notices() {
  const { conversation } = useAmpersand();
  const notices = useNotices();
  const { link } = usePlace();
  return (
    <div className={styles.notices} role="status">
      {link ? null : (
        <p className={styles.notice}>
          <Glyph name="lease" />
          <span className="grow">{strings.link.down}</span>
        </p>
      )}
      {notices.map((notice) => (
        <p key={notice.id} className={styles.notice}>
          <Glyph name={notice.kind === "error" ? "bad" : "plain"} />
          <span className="grow">
            <Inline text={failureText(notice.failure)} />
          </span>
          <IconButton label={strings.notice.dismiss} onClick={() => conversation.dismiss(notice.id)}>
            <Icon name="close" />
          </IconButton>
        </p>
      ))}
    </div>
  );
}
