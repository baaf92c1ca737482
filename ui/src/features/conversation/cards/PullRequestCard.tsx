import { useTask } from "../../../ipc/context";
import type { Message, MessageBody, PullRequest } from "../../../ipc/generated/protocol";
import { safeAddress } from "../../../lib/markdown/links";
import { Inline } from "../../../lib/markdown/Markdown";
import { FoundThere } from "../../../parts/pull_request/Found";
import {
  foundIn,
  glyphOfPull,
  headlineOf,
  nameOf,
  stageOf,
  waitsFor,
} from "../../../parts/pull_request/words";
import { useTaskAction } from "../../../parts/task/TaskRow";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { About, Acts, Body, Card, Fact, Fold, Foot, Head, Headline, Kind, Right } from "../../../ui/Card";
import { Ago } from "../../../ui/Elapsed";
import { Glyph } from "../../../ui/Glyph";
import { Link } from "../../../ui/Link";
import { drawn, drawnProse } from "../../../ui/Visible";

type Of<K extends MessageBody["kind"]> = Extract<MessageBody, { kind: K }>;

/** A pull request as it stands; once a later card tells of it, one line. */
export function PullRequestCard({ message, body }: { message: Message; body: Of<"pull_request"> }) {
  const task = useTask(body.task);
  const pull = body.pull_request;
  const now = task?.pull_request;
  const isOld = now !== null && now !== undefined && !isSameChapter(pull, now);
  // Over, unless what is left of the work can go somewhere.
  const isOver =
    pull.stage.name === "ended" && !(waitsFor(pull) && task?.verbs.includes("open_pull_request"));
  if (isOld || isOver) {
    return (
      <Fold label={nameOf(pull)}>
        <Glyph name={isOld ? "plain" : glyphOfPull(pull)} />
        <Kind>{nameOf(pull)}</Kind>
        <About title={body.title} state={isOld ? foundIn(pull) : stageOf(pull)} />
        <Right>
          {isOld ? null : <Page pull={pull} />}
          <Ago at={message.at} />
        </Right>
      </Fold>
    );
  }
  return <Open message={message} body={body} />;
}

function isSameChapter(one: PullRequest, other: PullRequest): boolean {
  const over = (pull: PullRequest) => pull.stage.name === "ended";
  return one.id === other.id && one.rounds.done === other.rounds.done && over(one) === over(other);
}

function Open({ message, body }: { message: Message; body: Of<"pull_request"> }) {
  const task = useTask(body.task);
  const watch = useTaskAction(task, "watch");
  const unwatch = useTaskAction(task, "unwatch");
  const steer = useTaskAction(task, "steer");
  const again = useTaskAction(task, "open_pull_request");
  const pull = body.pull_request;
  const land = useTaskAction(task, "land");
  const { standing, rounds, stage } = pull;
  const waits = waitsFor(pull);
  return (
    <Card label={nameOf(pull)} need={waits !== null}>
      <Head>
        <Glyph name={glyphOfPull(pull)} />
        <Kind bad={false}>{nameOf(pull)}</Kind>
        <span className="cut">
          {drawn([body.title, strings.outgoing.into(pull.branch, pull.onto)].join(strings.separator))}
        </span>
        <Right>
          <Ago at={message.at} />
        </Right>
      </Head>
      <Headline>
        <Inline text={headlineOf(pull)} />
      </Headline>
      {waits !== null ? (
        <Body>
          <Inline text={waits.hint} />
        </Body>
      ) : null}
      {stage.name === "watching" && pull.found.checks.length + pull.found.comments.length === 0 ? (
        <Body>{strings.outgoing.watched}</Body>
      ) : null}
      {stage.name === "unwatched" ? <Body>{strings.outgoing.notWatched}</Body> : null}
      {pull.unseen ? <Body>{drawnProse(strings.outgoing.unseen(pull.unseen.message))}</Body> : null}
      <FoundThere name={message.id} found={pull.found} />
      <Foot bar>
        <Acts>
          {waits !== null ? (
            <>
              <ActionButton action={again} tone="primary" />
              <ActionButton action={watch} tone={again ? "plain" : "primary"} />
              {stage.name === "ended" ? <ActionButton action={land} /> : <ActionButton action={steer} />}
            </>
          ) : (
            <ActionButton action={watch} />
          )}
          <ActionButton action={unwatch} tone="quiet" />
          <Page pull={pull} />
        </Acts>
        <Fact>
          {[
            strings.outgoing.checks(standing.passed, standing.failed, standing.pending),
            rounds.done > 0 ? strings.outgoing.rounds(rounds.done, rounds.most) : null,
          ]
            .filter((part) => part !== null)
            .join(strings.separator)}
        </Fact>
      </Foot>
    </Card>
  );
}

/** The way to its page. */
function Page({ pull }: { pull: PullRequest }) {
  const address = safeAddress(pull.opened?.url ?? "");
  return address === null ? null : <Link address={address}>{nameOf(pull)}</Link>;
}

/** Put on a branch: one line. */
export function BranchedCard({ message, body }: { message: Message; body: Of<"branched"> }) {
  return (
    <Fold label={strings.outgoing.branched}>
      <Glyph name="done" />
      <Kind>{strings.outgoing.branched}</Kind>
      <About
        title={body.title}
        state={strings.outgoing.branchedWhere(body.branch, body.commit.slice(0, 7))}
      />
      <Right>
        <Ago at={message.at} />
      </Right>
    </Fold>
  );
}
