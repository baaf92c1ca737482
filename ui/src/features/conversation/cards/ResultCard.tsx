import { useIsOutdated, useTask } from "../../../ipc/context";
import type { Finding, Message, MessageBody, TaskResult, TaskView } from "../../../ipc/generated/protocol";
import { failureText } from "../../../lib/failure";
import { Inline, Markdown } from "../../../lib/markdown/Markdown";
import { visible } from "../../../lib/visible";
import { begin, useOpen, useWindow } from "../../../lib/window";
import { Findings, ReportView } from "../../../parts/task/ReportView";
import { TaskPanel } from "../../../parts/task/TaskPanel";
import { useTaskAction } from "../../../parts/task/TaskRow";
import { glyphOf, isolationOf, loginOf, rowWords, whoOf } from "../../../parts/task/words";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { Button, IconButton } from "../../../ui/Button";
import { About, Acts, Body, Card, Fact, Fold, Foot, Head, Headline, Kind, Right } from "../../../ui/Card";
import { Ago } from "../../../ui/Elapsed";
import { Glyph } from "../../../ui/Glyph";
import { Icon, Mark } from "../../../ui/icons";
import { drawn } from "../../../ui/Visible";
import { LandingBody } from "./LandingBody";
import styles from "./ResultCard.module.css";

type ResultBody = Extract<MessageBody, { kind: "result" }>;

const FINDINGS_SHOWN = 4;

/** What tasks handed back. Results that arrived together share the card and its explanation. */
export function ResultCard({ message, body }: { message: Message; body: ResultBody }) {
  const several = body.results.length > 1;
  const [only] = body.results;
  const task = useTask(only?.task ?? "");
  const cancelled = only?.state === "cancelled";
  const outdated = useIsOutdated(only?.task ?? "", only?.seq ?? 0);
  const ended = task?.detail.name === "landed" || task?.detail.name === "discarded";
  const closed = cancelled || outdated || ended;
  const [open, unfold] = useOpen(`closed:${message.id}`);
  if (only && task && closed && !several && !open) {
    return cancelled && !outdated ? (
      <CancelledResult result={only} task={task} unfold={unfold} />
    ) : (
      <ClosedResult result={only} task={task} outdated={outdated} unfold={unfold} />
    );
  }
  return (
    <Card label={several ? strings.result.kinds : strings.result.kind}>
      {several ? (
        <Head>
          <Kind>{strings.result.kinds}</Kind>
          <span>{strings.result.tasks(new Set(body.results.map((result) => result.task)).size)}</span>
          <Right>
            <Ago at={message.at} />
          </Right>
        </Head>
      ) : null}
      {body.results.map((result, index) => (
        <section
          key={result.seq}
          className={several ? styles.one : undefined}
          aria-label={visible(result.title)}
        >
          <ResultSection
            result={result}
            at={several ? null : message.at}
            explanation={index === body.results.length - 1 && !several ? body.explanation : null}
          />
        </section>
      ))}
      {several ? (
        <>
          <Explanation text={body.explanation} />
          <div className={styles.end} />
        </>
      ) : null}
    </Card>
  );
}

interface FoldedProps {
  result: TaskResult;
  task: TaskView;
  unfold: () => void;
}

/** What has landed, was put aside or was worked on since has become one line. */
function ClosedResult({ result, task, outdated, unfold }: FoldedProps & { outdated: boolean }) {
  return (
    <Fold label={strings.result.kind}>
      <Glyph name={outdated ? "plain" : glyphOf(task.detail)} />
      <Kind>{drawn(result.title)}</Kind>
      <span className="cut">
        <Inline text={result.report.headline} />
      </span>
      <Right>
        {outdated ? strings.result.outdated : rowWords(task, undefined, (id) => id).side}
        <IconButton label={strings.result.unfold} onClick={unfold}>
          <Icon name="right" />
        </IconButton>
      </Right>
    </Fold>
  );
}

/** Nothing came of it; what the system confirmed, and the way to begin again. */
function CancelledResult({ result, task, unfold }: FoldedProps) {
  const restart = useTaskAction(task, "restart");
  const { detail } = task;
  const gone =
    detail.name === "cancelled"
      ? strings.override.gone(detail.processes, detail.files_kept)
      : result.report.headline;
  return (
    <Fold label={strings.result.ended.cancelled}>
      <Glyph name="cancelled" />
      <Kind>{strings.result.ended.cancelled}</Kind>
      <About title={result.title} />
      <Right>
        {drawn(gone)}
        <ActionButton action={restart} tone="link" />
        <IconButton label={strings.result.unfold} onClick={unfold}>
          <Icon name="right" />
        </IconButton>
      </Right>
    </Fold>
  );
}

interface SectionProps {
  result: TaskResult;
  /** When it came; null where the card says it. */
  at: string | null;
  explanation: string | null;
}

function ResultSection({ result, at, explanation }: SectionProps) {
  const task = useTask(result.task);
  const outdated = useIsOutdated(result.task, result.seq);
  const bad = result.state in strings.result.ended;
  const ended = result.state;
  const changed = (result.report.diffstat?.count ?? 0) > 0 && !bad;
  const who =
    task && changed ? [...whoOf(task), isolationOf(task), loginOf(task)].filter((part) => part !== null) : [];
  const kind =
    ended === "failed" || ended === "cancelled" || ended === "skipped" || ended === "interrupted"
      ? strings.result.ended[ended]
      : strings.result.kind;
  return (
    <>
      <Head>
        {bad && task ? <Glyph name={glyphOf(task.detail)} /> : null}
        {at === null && !bad ? null : <Kind bad={ended === "failed"}>{kind}</Kind>}
        <span className="cut">{drawn([result.title, ...who].join(strings.separator))}</span>
        <Right>
          {outdated ? strings.result.outdated : null}
          {at === null ? null : <Ago at={at} />}
        </Right>
      </Head>
      <Headline>
        <Inline text={result.report.headline} />
      </Headline>
      {outdated ? null : changed ? (
        <LandingBody result={result} explanation={<Explanation text={explanation} />} />
      ) : (
        <Found result={result} explanation={<Explanation text={explanation} />} />
      )}
    </>
  );
}

function Found({ result, explanation }: { result: TaskResult; explanation: React.ReactNode }) {
  const { report } = result;
  const [open, toggle] = useOpen(`report:${result.task}`);
  const task = useTask(result.task);
  const panel = useWindow((state) => state.panels[result.task]);
  const restart = useTaskAction(task, "restart");
  const output = useTaskAction(task, "output");
  const failed = result.state === "failed";
  const shown = open ? report.findings : firstFindings(report.findings);
  const hidden = report.findings.slice(shown.length);
  const detail = task?.detail;
  return (
    <>
      {failed && detail?.name === "failed" ? (
        <Body>
          <Inline text={failureText(detail.failure)} />
        </Body>
      ) : null}
      {shown.length > 0 ? (
        <div className={styles.findings}>
          <Findings findings={shown} />
        </div>
      ) : null}
      {open ? (
        <div className={styles.report}>
          <ReportView report={report} findings={false} />
        </div>
      ) : null}
      {explanation}
      {failed && task && panel === "output" ? <TaskPanel task={task} panel="output" /> : null}
      <Foot>
        <Acts>
          {failed ? (
            <>
              <ActionButton action={restart} tone="primary" />
              <ActionButton action={output} tone="quiet" />
            </>
          ) : null}
          {report.summary.trim() === "" && hidden.length === 0 && !open ? null : (
            <Button tone={failed ? "quiet" : "link"} aria-expanded={open} onClick={toggle}>
              {open ? strings.result.close : strings.result.open}
            </Button>
          )}
          <Button tone="quiet" onClick={() => begin(strings.result.askText(result.title))}>
            {strings.result.ask}
          </Button>
        </Acts>
        {hidden.length > 0 ? <Fact>{moreWords(hidden)}</Fact> : null}
      </Foot>
    </>
  );
}

/** What matters, and not more: the grave ones, or the first of the rest. */
function firstFindings(findings: readonly Finding[]): readonly Finding[] {
  const grave = findings.filter((each) => each.severity === "high" || each.severity === "medium");
  return (grave.length > 0 ? grave : findings).slice(0, FINDINGS_SHOWN);
}

function moreWords(hidden: readonly Finding[]): string {
  const [first] = hidden;
  if (hidden.every((each) => each.severity === "note")) {
    return strings.result.moreNotes(hidden.length);
  }
  return first && hidden.every((each) => each.severity === first.severity)
    ? strings.result.moreAll(hidden.length, strings.result.severity[first.severity].toLowerCase())
    : strings.result.more(hidden.length);
}

/** What the controller's model says about it, once it has said something. */
function Explanation({ text }: { text: string | null }) {
  if (text === null || text.trim() === "") {
    return null;
  }
  return (
    <div className={styles.says}>
      <Mark weight={2.6} />
      <Markdown text={text} small />
    </div>
  );
}
