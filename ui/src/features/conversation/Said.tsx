import { useAmpersand } from "../../ipc/context";
import type { Message, MessageBody } from "../../ipc/generated/protocol";
import { useSend } from "../../ipc/send";
import { failureText } from "../../lib/failure";
import { absolute } from "../../lib/time";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { drawnProse } from "../../ui/Visible";
import styles from "./Turn.module.css";

type SaidBody = Extract<MessageBody, { kind: "said" }>;

/** What the person said, and how a rule understood it. */
export function Said({ message, body }: { message: Message; body: SaidBody }) {
  const { conversation } = useAmpersand();
  const send = useSend();
  const sending = conversation.sending(message.id);
  return (
    <div className={styles.turn}>
      <span className={`${styles.who} ${styles.you}`} title={absolute(Date.parse(message.at))}>
        {strings.you}
      </span>
      <div className={styles.said} dir="auto">
        {drawnProse(body.text)}
      </div>
      {body.understood === null ? null : (
        <p className={styles.understood}>{drawnProse(strings.log.understood(body.understood))}</p>
      )}
      {sending?.state === "refused" ? (
        <div className={styles.refused} role="alert">
          <span>
            {strings.composer.refused} {failureText(sending.failure)}
          </span>
          <Button tone="link" onClick={() => void send(body.text, message.id)}>
            {strings.composer.sendAgain}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
