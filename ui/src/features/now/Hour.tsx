import { Fragment } from "react";
import { useAmpersand, useApprovals, useOrder, useTasks } from "../../ipc/context";
import type { Conversation } from "../../ipc/store";
import { timeOfDay, waited } from "../../lib/time";
import { visible } from "../../lib/visible";
import { strings } from "../../strings/strings";
import { useNow } from "../../ui/Elapsed";
import { drawn } from "../../ui/Visible";
import { type Bar, barsOf, HOUR, type Stretch } from "./bars";
import styles from "./Hour.module.css";

const words = strings.now.hour;
const DOING = ["working", "waiting", "needs", "finished"] as const;

/** Tasks over the last hour as bars. */
export function Hour() {
  const { conversation } = useAmpersand();
  const tasks = useTasks();
  const approvals = useApprovals();
  useOrder();
  // To the second would be to redraw what nobody can see move.
  const now = Math.ceil(useNow() / 10_000) * 10_000;
  const asked = new Map(approvals.map(({ approval }) => [approval.task, approval.asked_at]));
  const bars = barsOf(tasks, { asked, ended: endsOf(conversation) }, now);
  if (bars.length === 0) {
    return null;
  }
  const seen = new Set(bars.flatMap((bar) => bar.stretches.map((each) => each.doing)));
  return (
    <figure className={styles.hour}>
      <figcaption>{words.title}</figcaption>
      <dl className={styles.bars}>
        {bars.map((bar) => (
          <Fragment key={bar.task}>
            <dt className="cut" title={visible(bar.title)}>
              {drawn(bar.title)}
            </dt>
            <dd>
              <Row bar={bar} now={now} />
            </dd>
          </Fragment>
        ))}
      </dl>
      <p className={`${styles.axis} num`} aria-hidden="true">
        <span>{timeOfDay(now - HOUR)}</span>
        <span className={styles.middle}>{timeOfDay(now - HOUR / 2)}</span>
        <span>{words.now}</span>
      </p>
      <p className={styles.legend} aria-hidden="true">
        {DOING.filter((doing) => seen.has(doing)).map((doing) => (
          <span key={doing} className={styles[doing]}>
            {words[doing]}
          </span>
        ))}
      </p>
    </figure>
  );
}

function Row({ bar, now }: { bar: Bar; now: number }) {
  const part = (time: number) => `${(100 * time) / HOUR}%`;
  const told = bar.stretches.map(({ doing, from, to }) => `${words[doing]} ${waited(to - from)}`);
  return (
    <svg role="img" aria-label={told.join(strings.comma)} height="12">
      <title>{told.join(strings.separator)}</title>
      <line className={styles.half} x1="50%" x2="50%" y1="-7" y2="19" />
      {bar.stretches.map((each: Stretch) => (
        <rect
          key={each.doing}
          className={styles[each.doing]}
          x={part(each.from - (now - HOUR))}
          width={part(each.to - each.from)}
          height="12"
          rx="3"
        />
      ))}
    </svg>
  );
}

/** When each task's result came, as far as the conversation has been read. */
function endsOf(conversation: Conversation): Map<string, string> {
  const ends = new Map<string, string>();
  for (const id of conversation.messageOrder()) {
    const message = conversation.message(id);
    if (message?.body.kind === "result") {
      for (const { task } of message.body.results) {
        ends.set(task, message.at);
      }
    }
  }
  return ends;
}
