import { useAct, useAmpersand, useIsSuperseded, usePlace, useTask } from "../../../ipc/context";
import type { Conflict, Message, MessageBody, TaskView } from "../../../ipc/generated/protocol";
import { pickAction, useActions } from "../../../lib/actions";
import { failureLine, type failureText } from "../../../lib/failure";
import { Inline } from "../../../lib/markdown/Markdown";
import { visible, visibleProse } from "../../../lib/visible";
import { focusComposer, setDraft, useOpen } from "../../../lib/window";
import { useTaskAction } from "../../../parts/task/TaskRow";
import { liveFollowUp } from "../../../parts/task/words";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { Button, Chip } from "../../../ui/Button";
import { About, Acts, Body, Card, Fold, Foot, Head, Headline, Kind, Right } from "../../../ui/Card";
import { Ago } from "../../../ui/Elapsed";
import { Glyph } from "../../../ui/Glyph";
import { drawn, drawnProse } from "../../../ui/Visible";
import { Conflicts } from "./Conflicts";

type Of<K extends MessageBody["kind"]> = Extract<MessageBody, { kind: K }>;

/** Landed, or undone: one line. Refused: a card that says why, and what to do. */
export function LandingCard({ message, body }: { message: Message; body: Of<"landing"> }) {
  const task = useTask(body.task);
  const land = useTaskAction(task, "land");
  const undo = useTaskAction(task, "undo_landing");
  const back = useTaskAction(task, "put_back");
  const { outcome } = body;
  const label = strings.landing[outcome.name];
  if (outcome.name === "landed" || outcome.name === "undone") {
    const { branch, from, to } = outcome;
    // Landed again since, it is the newer card that undoes it.
    const stands = task?.detail.name === "landed" && task.detail.commit === to;
    return (
      <Fold label={label}>
        <Glyph name={outcome.name === "landed" ? "done" : "cancelled"} />
        <Kind>{label}</Kind>
        <About
          title={body.title}
          state={strings.landing.landedWhere(branch, from.slice(0, 7), to.slice(0, 7))}
        />
        <Right>
          {stands ? <ActionButton action={undo} tone="link" /> : null}
          <Ago at={message.at} />
        </Right>
      </Fold>
    );
  }
  if (outcome.name === "shown" || outcome.name === "put_back") {
    const words =
      outcome.name === "shown"
        ? strings.landing.shownWhere(outcome.files)
        : outcome.kept.length === 0
          ? strings.landing.putBackAll
          : strings.landing.putBackBut(outcome.kept.join(strings.comma));
    return (
      <Fold label={label}>
        <Glyph name={outcome.name === "shown" ? "plain" : "cancelled"} />
        <Kind>{label}</Kind>
        <About title={body.title} state={words} />
        <Right>
          {outcome.name === "shown" ? <ActionButton action={back} tone="link" /> : null}
          <Ago at={message.at} />
        </Right>
      </Fold>
    );
  }
  return (
    <Card label={label}>
      <Head>
        <Glyph name="bad" />
        <Kind bad>{label}</Kind>
        <span className="cut">{drawn(body.title)}</span>
        <Right>
          <Ago at={message.at} />
        </Right>
      </Head>
      <Headline>
        <Inline text={failureLine(outcome.failure)} />
      </Headline>
      <Body>
        <Inline
          text={[outcome.failure.hint, strings.landing.nothingChanged]
            .filter((part) => part !== "")
            .join(" ")}
        />
      </Body>
      {outcome.name === "refused" && outcome.conflicts ? (
        <Standoff message={message} task={task} conflicts={outcome.conflicts} />
      ) : (
        <Foot>
          <Acts>
            <ActionButton action={outcome.name === "refused" ? land : undo} />
          </Acts>
        </Foot>
      )}
    </Card>
  );
}

/** Work and branch that changed the same places: what both want, and the ways on, while there are any. */
function Standoff({
  message,
  task,
  conflicts,
}: {
  message: Message;
  task: TaskView | undefined;
  conflicts: readonly Conflict[];
}) {
  const resolve = useTaskAction(task, "resolve");
  const byHand = useTaskAction(task, "resolve_by_hand");
  const branch = useTaskAction(task, "keep_branch");
  const work = useTaskAction(task, "keep_work");
  const land = useTaskAction(task, "land");
  const { model } = usePlace();
  const superseded = useIsSuperseded(task?.id ?? "", message.position);
  const under = liveFollowUp(task, useTask(task?.follow_up ?? ""));
  const by = task?.detail.name === "landed" ? task.detail.by?.task : undefined;
  const landedBy = useTask(by ?? "");
  return (
    <>
      <Conflicts name={message.id} conflicts={conflicts} />
      {under ? <Body>{strings.conflict.resolving(visible(under.title))}</Body> : null}
      {landedBy ? <Body>{strings.conflict.resolved(visible(landedBy.title))}</Body> : null}
      {superseded ? null : (
        <Foot>
          <Acts>
            {under ? null : (
              <>
                <ActionButton action={resolve} tone={model === null ? "plain" : "primary"} />
                <ActionButton action={branch} />
                <ActionButton action={work} />
                <ActionButton action={byHand} tone={model === null ? "plain" : "quiet"} />
              </>
            )}
            <ActionButton
              action={land ? { ...land, label: strings.task.verbs.landAgain } : undefined}
              tone="quiet"
            />
          </Acts>
        </Foot>
      )}
    </>
  );
}

/** Something to know, errors included. */
export function NoticeCard({ message, body }: { message: Message; body: Of<"notice"> }) {
  const trust = pickAction(useActions().general(), "trust");
  return (
    <Card label={strings.notice.kind}>
      <Head>
        <Kind>{strings.notice.kind}</Kind>
        <Right>
          <Ago at={message.at} />
        </Right>
      </Head>
      <Headline>
        <Inline text={failureLine(body.failure)} />
      </Headline>
      <Body>
        <Inline text={body.failure.hint} />
      </Body>
      <Foot>
        <Acts>{body.failure.code.includes("trust") ? <ActionButton action={trust} /> : null}</Acts>
      </Foot>
    </Card>
  );
}

/** It was not clear what was meant: chips, and nothing was done. */
export function ChoiceCard({ message, body }: { message: Message; body: Of<"choice"> }) {
  const act = useAct();
  if (body.chosen !== null) {
    return (
      <Fold label={strings.choice.kind}>
        <Glyph name="done" />
        <Kind>{strings.choice.chosen(visibleProse(body.chosen))}</Kind>
        <span className="cut">{drawnProse(body.question)}</span>
      </Fold>
    );
  }
  return (
    <Card label={strings.choice.kind}>
      <Head>
        <Glyph name="plain" />
        <Kind>{strings.choice.kind}</Kind>
        <span>{strings.choice.nothing}</span>
      </Head>
      <Headline>{drawnProse(body.question)}</Headline>
      <Foot>
        <Acts>
          {body.options.map((option) => (
            <Chip
              key={option.says}
              onClick={() => void act({ kind: "choose", message: message.id, says: option.says })}
            >
              {drawn(option.label)}
            </Chip>
          ))}
        </Acts>
      </Foot>
    </Card>
  );
}

/** It needs a model and none is connected. */
export function KeptCard({ message, body }: { message: Message; body: Of<"kept"> }) {
  const act = useAct();
  const { facts } = useAmpersand();
  const { model } = usePlace();
  const { closest } = body;
  const [how, toggleHow] = useOpen(`how:${message.id}`);
  const choose = (says: string) => void act({ kind: "choose", message: message.id, says });
  return (
    <Card label={strings.kept.kind}>
      <Head>
        <Glyph name="paused" />
        <Kind>{strings.kept.kind}</Kind>
        <span>{strings.kept.needs}</span>
      </Head>
      <Body>
        {model !== null
          ? strings.kept.startBody
          : closest === null
            ? strings.kept.body
            : strings.kept.bodyClosest}
      </Body>
      <Foot>
        <Acts>
          {model === null ? null : (
            <Button tone="primary" onClick={() => choose(body.text)}>
              {strings.kept.start}
            </Button>
          )}
          {closest === null ? null : (
            <Chip mono onClick={() => choose(closest)}>
              {drawn(closest)}
            </Chip>
          )}
          {model === null ? (
            <Button tone="link" aria-expanded={how} onClick={toggleHow}>
              {strings.kept.connect}
            </Button>
          ) : null}
        </Acts>
      </Foot>
      {how && model === null ? (
        <Foot bar>
          <span>{strings.first.endpointHow(facts.settings)}</span>
        </Foot>
      ) : null}
    </Card>
  );
}

/** A sentence for a reply that broke off. */
export function Broken({
  failure,
  question,
}: {
  failure: Parameters<typeof failureText>[0];
  question: string | null;
}) {
  return (
    <Card label={strings.notice.brokeOff}>
      <Head>
        <Glyph name="bad" />
        <Kind bad>{strings.notice.brokeOff}</Kind>
      </Head>
      <Headline>
        <Inline text={failureLine(failure)} />
      </Headline>
      <Body>
        <Inline text={failure.hint} />
      </Body>
      <Foot>
        <Acts>
          {question === null ? null : (
            <Button
              onClick={() => {
                setDraft(question);
                focusComposer();
              }}
            >
              {strings.composer.sendAgain}
            </Button>
          )}
        </Acts>
      </Foot>
    </Card>
  );
}
