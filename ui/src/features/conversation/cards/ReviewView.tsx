import type { AgentKind, Review } from "../../../ipc/generated/protocol";
import { capital } from "../../../lib/capital";
import { Inline } from "../../../lib/markdown/Markdown";
import { strings } from "../../../strings/strings";
import { Glyph } from "../../../ui/Glyph";
import { drawn, drawnProse } from "../../../ui/Visible";
import styles from "./ReviewView.module.css";

/** What another agent said of the work: who, what it came to, and what it would have otherwise. */
export function ReviewView({ review }: { review: Review }) {
  const words = strings.review;
  const { opinion } = review;
  return (
    <div className={styles.review}>
      <h4>{words.by(strings.task.agent(nameOf(review.by)))}</h4>
      <div className={styles.line}>
        <Glyph name={opinion.name === "approves" ? "done" : opinion.name === "objects" ? "bad" : "plain"} />
        <span>
          {opinion.name === "not_read" ? drawnProse(words.notRead(opinion.why)) : words[opinion.name]}
        </span>
      </div>
      {said(review.headline) === "" ? null : (
        <p className={styles.text}>
          <Inline text={said(review.headline)} />
        </p>
      )}
      {review.findings.length > 0 ? (
        <ul className={styles.findings}>
          {review.findings.map((finding, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was said of one report never moves.
            <li key={index}>
              {finding.path === null ? null : (
                <bdi dir="ltr" className={styles.at}>
                  {drawn(strings.result.at(finding.path, finding.line))}
                </bdi>
              )}
              <Inline text={finding.text} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** Its name as a task on the wire carries it. */
function nameOf(agent: AgentKind): string {
  if (typeof agent !== "string") return agent.acp;
  return agent === "builtin" ? "built-in" : agent;
}

/** Its line without the word it had to begin with, which the glyph and our own words say already. */
function said(headline: string): string {
  return capital(headline.replace(/^[^\p{L}\p{N}]*(approved|objections)\P{L}*/iu, "").trim());
}
