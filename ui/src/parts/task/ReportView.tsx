import type { Finding, Report } from "../../ipc/generated/protocol";
import { Inline, Markdown } from "../../lib/markdown/Markdown";
import { visible, visibleProse } from "../../lib/visible";
import { dollars } from "../../strings/amount";
import { strings } from "../../strings/strings";
import { drawn } from "../../ui/Visible";
import styles from "./ReportView.module.css";

/** Findings in order of weight. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className={styles.findings}>
      {findings.map((finding, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a report's findings never move.
        <li key={index} className={styles.finding}>
          <span className={`${styles.severity} ${styles[finding.severity]}`}>
            {strings.result.severity[finding.severity]}
          </span>
          <div className={styles.what}>
            <span className={styles.text} title={visibleProse(finding.text)}>
              <Inline text={finding.text} />
            </span>
            {finding.path === null ? null : (
              <span className={styles.at} title={visible(strings.result.at(finding.path, finding.line))}>
                <bdi dir="ltr">{drawn(strings.result.at(finding.path, finding.line))}</bdi>
              </span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** A whole report: summary, every finding, what it used. */
export function ReportView({ report, findings = true }: { report: Report; findings?: boolean }) {
  const { input_tokens, output_tokens, cost_microdollars } = report.usage;
  const tokens = input_tokens + output_tokens;
  const used = [
    tokens > 0 ? strings.result.usage(tokens) : null,
    cost_microdollars > 0 ? strings.result.cost(dollars(cost_microdollars)) : null,
  ].filter((part) => part !== null);
  return (
    <div className={styles.report}>
      <Markdown text={report.summary} small />
      {findings && report.findings.length > 0 ? <Findings findings={report.findings} /> : null}
      {used.length > 0 ? <p className={styles.usage}>{used.join(strings.separator)}</p> : null}
    </div>
  );
}
