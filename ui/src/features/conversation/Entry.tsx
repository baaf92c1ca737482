import { Component, memo, type ReactNode } from "react";
import { useMessage } from "../../ipc/context";
import type { Message, MessageId } from "../../ipc/generated/protocol";
import { strings } from "../../strings/strings";
import { NeedsYouCard } from "./cards/NeedsYouCard";
import { OverrideCard } from "./cards/OverrideCard";
import { PlanCard } from "./cards/PlanCard";
import { BranchedCard, PullRequestCard } from "./cards/PullRequestCard";
import { ResultCard } from "./cards/ResultCard";
import { ChoiceCard, KeptCard, LandingCard, NoticeCard } from "./cards/SmallCards";
import { Reply } from "./Reply";
import { Said } from "./Said";
import styles from "./Turn.module.css";

/** One entry of the conversation. */
export const Entry = memo(function Entry({ id }: { id: MessageId }) {
  const message = useMessage(id);
  return message ? (
    <Boundary key={message.body.kind}>
      <Body message={message} />
    </Boundary>
  ) : null;
});

function Body({ message }: { message: Message }) {
  return draw(message);
}

/** An entry that cannot be drawn, of a newer kind perhaps, must not take the conversation with it. */
class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <p className={styles.folded}>{strings.broken.entry}</p> : this.props.children;
  }
}

function draw(message: Message) {
  const { body } = message;
  switch (body.kind) {
    case "said":
      return <Said message={message} body={body} />;
    case "reply":
      return <Reply message={message} body={body} />;
    case "plan":
      return <PlanCard message={message} body={body} />;
    case "result":
      return <ResultCard message={message} body={body} />;
    case "needs_you":
      return <NeedsYouCard message={message} body={body} />;
    case "landing":
      return <LandingCard message={message} body={body} />;
    case "pull_request":
      return <PullRequestCard message={message} body={body} />;
    case "branched":
      return <BranchedCard message={message} body={body} />;
    case "override":
      return <OverrideCard message={message} body={body} />;
    case "choice":
      return <ChoiceCard message={message} body={body} />;
    case "kept":
      return <KeptCard message={message} body={body} />;
    case "notice":
      return <NoticeCard message={message} body={body} />;
  }
}
