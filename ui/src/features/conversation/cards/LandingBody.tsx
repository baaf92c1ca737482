import type { ReactNode } from "react";
import { usePlace, useTask } from "../../../ipc/context";
import type { Check, TaskResult, TaskView, Verdict } from "../../../ipc/generated/protocol";
import { pickAction, useActions } from "../../../lib/actions";
import { Markdown } from "../../../lib/markdown/Markdown";
import { took } from "../../../lib/time";
import { visible } from "../../../lib/visible";
import { useOpen, useWindow } from "../../../lib/window";
import { Changes } from "../../../parts/diff/Changes";
import { GoOut } from "../../../parts/pull_request/GoOut";
import { TaskPanel } from "../../../parts/task/TaskPanel";
import { rowWords } from "../../../parts/task/words";
import { strings } from "../../../strings/strings";
import { ActionButton } from "../../../ui/ActionButton";
import { Acts, Fact, Foot } from "../../../ui/Card";
import { Glyph } from "../../../ui/Glyph";
import { ActionMenu } from "../../../ui/Menu";
import { drawn } from "../../../ui/Visible";
import styles from "./LandingBody.module.css";
import { ReviewView } from "./ReviewView";

/** The ways to try work before it lands. */
const TRIES = ["run_app", "show", "open_editor", "open_terminal", "open_folder"];

/** What there is to land: checks left, verdict right, then the files, and the verbs once, at the foot. */
export function LandingBody({ result, explanation }: { result: TaskResult; explanation: ReactNode }) {
  const task = useTask(result.task);
  const panel = useWindow((state) => state.panels[result.task]);
  const { report } = result;
  return (
    <>
      {task?.detail.name === "ready" || report.checks.length > 0 ? (
        <div className={styles.two}>
          <Checks checks={report.checks} byHand={task?.by_hand ?? false} />
          <VerdictView
            verdict={verdictOf(task)}
            byHand={task?.by_hand ?? false}
            objects={report.review?.opinion.name === "objects"}
            summary={report.summary}
            later={report.diffstat?.executes_later ?? []}
          />
          {report.review ? <ReviewView review={report.review} /> : null}
        </div>
      ) : null}
      {explanation}
      {report.diffstat ? <Changes task={result.task} result={result.seq} diffstat={report.diffstat} /> : null}
      {task && panel ? <TaskPanel task={task} panel={panel} /> : null}
      {task ? <Verbs task={task} /> : null}
    </>
  );
}

function verdictOf(task: TaskView | undefined): Verdict | null {
  const state = task?.detail;
  switch (state?.name) {
    case "ready":
    case "landing":
    case "merging":
      return state.verdict;
    default:
      return null;
  }
}

function Checks({ checks, byHand }: { checks: readonly Check[]; byHand: boolean }) {
  return (
    <div>
      <h4>{strings.landing.checks}</h4>
      {checks.length === 0 ? (
        <p className={styles.quiet}>{byHand ? strings.conflict.checksLater : strings.landing.unchecked}</p>
      ) : (
        checks.map((check) => <CheckView key={check.name} check={check} />)
      )}
    </div>
  );
}

function CheckView({ check }: { check: Check }) {
  const [open, toggle] = useOpen(`check:${check.name}:${check.took_ms}`);
  const passed = check.outcome.name === "passed";
  return (
    <>
      <div className={styles.check}>
        <Glyph name={passed ? "done" : check.outcome.name === "failed" ? "bad" : "plain"} />
        <span className="cut" title={visible(check.command)}>
          {drawn(check.command)}
        </span>
        {!passed && check.output.trim() !== "" ? (
          <button type="button" className={styles.more} aria-expanded={open} onClick={toggle}>
            {open ? strings.landing.hideOutput : strings.landing.checkOutput}
          </button>
        ) : null}
        <span className={`${styles.fact} num`}>{drawn(outcomeWords(check))}</span>
      </div>
      {open ? <pre className={styles.output}>{drawn(check.output.replaceAll("\r\n", "\n"))}</pre> : null}
    </>
  );
}

function outcomeWords(check: Check): string {
  switch (check.outcome.name) {
    case "passed":
      return took(check.took_ms);
    case "failed":
      return [strings.landing.failedWith(check.outcome.status), took(check.took_ms)].join(strings.separator);
    case "not_run":
      return check.outcome.why;
  }
}

interface VerdictProps {
  verdict: Verdict | null;
  byHand: boolean;
  /** Whether whoever reviewed it would have it changed. */
  objects: boolean;
  summary: string;
  later: readonly string[];
}

function VerdictView({ verdict, byHand, objects, summary, later }: VerdictProps) {
  const green = objects ? strings.landing.objected : strings.landing.good;
  return (
    <div>
      <h4>{strings.landing.verdict}</h4>
      {verdict === null ? null : (
        <div className={styles.check}>
          <Glyph name={verdict === "red" ? "bad" : verdict === "green" && !objects ? "done" : "plain"} />
          <span>
            {byHand ? strings.conflict.byHand : verdict === "green" ? green : strings.landing[verdict]}
          </span>
        </div>
      )}
      {verdict === "unchecked" && !byHand ? (
        <p className={styles.text}>{strings.landing.uncheckedHint}</p>
      ) : null}
      {verdict === "untrusted" ? <Untrusted /> : null}
      {summary.trim() === "" ? null : (
        <div className={styles.text}>
          <Markdown text={firstParagraph(summary)} small />
        </div>
      )}
      {later.length > 0 ? (
        <p className={styles.warn} title={visible(later.join("\n"))}>
          {strings.landing.executesLater(later.length)}:{" "}
          <span className={styles.mono}>{drawn(later.join(strings.comma))}</span>
        </p>
      ) : null}
    </div>
  );
}

function firstParagraph(summary: string): string {
  return summary.trim().split(/\n\s*\n/)[0] ?? "";
}

/** The repository declares commands that nobody has trusted yet. */
function Untrusted() {
  const trust = pickAction(useActions().general(), "trust");
  return (
    <>
      <p className={styles.text}>{strings.landing.untrustedHint}</p>
      <div className={styles.trust}>
        <ActionButton action={trust} tone="link" />
      </div>
    </>
  );
}

function Verbs({ task }: { task: TaskView }) {
  const actions = useActions().forTask(task);
  const place = usePlace();
  const ready = task.detail.name === "ready";
  const onto = place.repository?.branch && place.repository.commit;
  const land = pickAction(actions, "land");
  const facts = [
    onto ? strings.landing.onto(`${place.repository?.branch}@${place.repository?.commit.slice(0, 4)}`) : null,
    strings.landing.checkoutStays,
  ].filter((part) => part !== null);
  if (!ready) {
    return (
      <Foot bar>
        <Acts>
          <ActionButton action={pickAction(actions, "restart")} tone="quiet" />
          <ActionButton action={pickAction(actions, "report")} tone="quiet" />
          <ActionButton action={pickAction(actions, "given")} tone="quiet" />
        </Acts>
        <Fact>{rowWords(task, undefined, (id) => id).side}</Fact>
      </Foot>
    );
  }
  return (
    <Foot bar>
      <Acts>
        <ActionButton action={land} tone={task.verbs.includes("resolve") ? "plain" : "primary"} />
        {land === undefined || place.model === null ? (
          <ActionButton action={pickAction(actions, "restart")} />
        ) : null}
        <ActionButton action={pickAction(actions, "put_back")} />
        <ActionMenu
          label={strings.task.named(strings.landing.tryIt, visible(task.title))}
          words={strings.landing.tryIt}
          actions={() => TRIES.flatMap((id) => pickAction(actions, id) ?? [])}
        />
        <ActionButton action={pickAction(actions, "steer")} />
        <ActionButton action={pickAction(actions, "given")} tone="quiet" />
        <ActionButton action={pickAction(actions, "discard")} tone="danger" />
        <GoOut task={task} />
      </Acts>
      {land ? <Fact>{facts.join(strings.separator)}</Fact> : null}
    </Foot>
  );
}
