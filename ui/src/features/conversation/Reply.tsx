import { useAmpersand, useStreaming } from "../../ipc/context";
import type { Message, MessageBody } from "../../ipc/generated/protocol";
import { Markdown } from "../../lib/markdown/Markdown";
import { useOpen } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Mark } from "../../ui/icons";
import { drawnProse } from "../../ui/Visible";
import { Broken } from "./cards/SmallCards";
import styles from "./Turn.module.css";

type ReplyBody = Extract<MessageBody, { kind: "reply" }>;

const STREAMING_SHOWN = 2;

/** What the controller's model answers. At most two stream in view; a superseded one folds. */
export function Reply({ message, body }: { message: Message; body: ReplyBody }) {
  const { conversation } = useAmpersand();
  const streaming = useStreaming();
  const crowded = body.state.name === "streaming" && !streaming.slice(-STREAMING_SHOWN).includes(message.id);
  const superseded = body.state.name === "superseded";
  const [open, toggle] = useOpen(`reply:${message.id}`, false);
  const folded = (crowded || superseded) && !open;
  if (folded) {
    return (
      <div className={styles.folded}>
        <span>{superseded ? strings.log.superseded : strings.log.answering}</span>
        <button type="button" className={styles.unfold} onClick={toggle}>
          {strings.log.showIt}
        </button>
      </div>
    );
  }
  const question = conversation.message(body.to)?.body;
  return (
    <div className={styles.turn} aria-busy={body.state.name === "streaming"}>
      <span className={styles.who} role="img" aria-label={strings.assistant}>
        <Mark />
      </span>
      <div className={superseded ? `${styles.reply} ${styles.old}` : styles.reply}>
        <Markdown text={body.text} />
        {body.state.name === "streaming" && body.text === "" ? <span className={styles.caret} /> : null}
      </div>
      {body.state.name === "stopped" ? <p className={styles.understood}>{strings.log.stopped}</p> : null}
      {superseded ? (
        <p className={styles.understood}>
          {strings.log.superseded}
          <button type="button" className={styles.unfold} onClick={toggle}>
            {strings.log.hideIt}
          </button>
        </p>
      ) : null}
      {body.left_out === null ? null : (
        <p className={styles.understood}>{drawnProse(strings.log.leftOut(body.left_out))}</p>
      )}
      {body.state.name === "broken" ? (
        <div className={styles.below}>
          <Broken failure={body.state.failure} question={question?.kind === "said" ? question.text : null} />
        </div>
      ) : null}
    </div>
  );
}
