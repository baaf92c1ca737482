import type { ReactNode } from "react";
import { failureOf } from "../../../ipc/backend";
import { useAmpersand, useCommand, useTask } from "../../../ipc/context";
import type { Answer, Message, MessageBody, Question } from "../../../ipc/generated/protocol";
import { capital } from "../../../lib/capital";
import { Stat } from "../../../parts/diff/Changes";
import { pushRows } from "../../../parts/pull_request/PushWell";
import { actName, answersTo, questionWords } from "../../../parts/task/question";
import { useTitleOf } from "../../../parts/task/TaskRow";
import { strings } from "../../../strings/strings";
import { Button } from "../../../ui/Button";
import { About, Acts, Card, Fold, Foot, Head, Headline, Kind, Right } from "../../../ui/Card";
import { Ago, Waited } from "../../../ui/Elapsed";
import { Glyph } from "../../../ui/Glyph";
import { drawn, drawnProse } from "../../../ui/Visible";
import styles from "./NeedsYouCard.module.css";

type NeedsYouBody = Extract<MessageBody, { kind: "needs_you" }>;

/** A question that blocks its own task only. Answered, it folds. */
export function NeedsYouCard({ message, body }: { message: Message; body: NeedsYouBody }) {
  const { approval, answered } = body;
  const task = useTask(approval.task);
  const titleOf = useTitleOf();
  const title = titleOf(approval.task);
  const words = questionWords(approval.question, title);
  if (answered !== null) {
    return (
      <Fold label={strings.need.kind}>
        <Glyph name={/^(allow|land)/i.test(answered) ? "done" : "cancelled"} />
        <Kind>{drawn(capital(answered))}</Kind>
        <About title={title} state={words} />
        <Right>
          <Ago at={message.at} />
        </Right>
      </Fold>
    );
  }
  return (
    <Card label={strings.need.kind} need>
      <Head>
        <Glyph name="need" />
        <Kind>{strings.need.kind}</Kind>
        <span className="cut">
          {drawn(task ? [title, strings.task.agent(task.agent)].join(strings.separator) : title)}
        </span>
        <Right>
          <span title={strings.need.onlyThis}>
            {strings.need.onlyThis}
            <span className="heard">
              <Waited since={approval.asked_at} />
            </span>
          </span>
        </Right>
      </Head>
      <Headline>{drawn(words)}</Headline>
      <Given question={approval.question} />
      <Foot>
        <Answers approval={approval.id} question={approval.question} />
      </Foot>
    </Card>
  );
}

function Answers({ approval, question }: { approval: string; question: Question }) {
  const command = useCommand();
  const { backend, conversation } = useAmpersand();
  const acceptReduced = async () => {
    try {
      await backend.confirm({ kind: "accept_reduced", approval });
    } catch (error) {
      conversation.notice(failureOf(error));
    }
  };
  const give = (answer: Answer) => {
    // It outlasts the task, so the person is asked outside the page.
    if (question.kind === "reduced" && answer === "allow_for_project") void acceptReduced();
    else void command({ verb: "answer", approval, answer });
  };
  const open = conversation.approvals().some((each) => each.approval.id === approval);
  return (
    <Acts>
      {answersTo(question).map(({ answer, label, tone }) => (
        <Button key={answer} tone={tone} disabled={!open} onClick={() => give(answer)}>
          {label}
        </Button>
      ))}
    </Acts>
  );
}

/** Everything needed to judge it, resolved; the part that is new stands out. */
function Given({ question }: { question: Question }) {
  switch (question.kind) {
    case "host":
      return (
        <Well>
          <Row name={strings.need.asks}>
            <Marked text={question.url} part={question.host} />
          </Row>
        </Well>
      );
    case "act":
      return (
        <Well>
          <Row name={actName(question.tool)}>{drawn(question.detail)}</Row>
          {question.path === null ? null : <Row name={strings.need.path}>{drawn(question.path)}</Row>}
        </Well>
      );
    case "land":
      return (
        <Well>
          {question.why === "" ? null : <Row name={strings.need.why}>{drawnProse(question.why)}</Row>}
          <Row name={strings.need.brings}>
            {strings.landing.files(question.diffstat.count)}{" "}
            <Stat added={question.diffstat.added} removed={question.diffstat.removed} />
          </Row>
          {question.keeps ? (
            <Row name={strings.need.gives}>{strings.need.givesUp[question.keeps.side]}</Row>
          ) : null}
        </Well>
      );
    case "branch":
      return (
        <Well>
          {question.why === "" ? null : <Row name={strings.need.why}>{drawnProse(question.why)}</Row>}
          <Row name={strings.outgoing.need.to}>{drawn(question.branch)}</Row>
          <Row name={strings.need.brings}>
            {strings.landing.files(question.diffstat.count)}{" "}
            <Stat added={question.diffstat.added} removed={question.diffstat.removed} />
          </Row>
        </Well>
      );
    case "push":
      return (
        <Well>
          {pushRows(question.push, question.why).map(([name, row]) => (
            <Row key={name} name={name}>
              {row}
            </Row>
          ))}
        </Well>
      );
    case "discard":
      return (
        <Well>
          <Row name={strings.need.why}>{drawnProse(question.why)}</Row>
        </Well>
      );
    case "reduced":
      return (
        <Well>
          <Row name={strings.need.why}>{drawnProse(question.why)}</Row>
          <Row name={strings.need.enforced}>{strings.need.enforcedStill}</Row>
          <Row name={strings.need.notEnforced}>
            {question.gaps.map((gap) => strings.need.gap[gap]).join(strings.separator)}
          </Row>
        </Well>
      );
  }
}

function Well({ children }: { children: ReactNode }) {
  return <dl className={styles.well}>{children}</dl>;
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Marked({ text, part }: { text: string; part: string }) {
  const at = text.indexOf(part);
  return at < 0 ? (
    <>
      {drawn(text)} <mark>{drawn(part)}</mark>
    </>
  ) : (
    <>
      {drawn(text.slice(0, at))}
      <mark>{drawn(part)}</mark>
      {drawn(text.slice(at + part.length))}
    </>
  );
}
