import type { Finding, Report } from "../../ipc/generated/protocol";
import { Inline, Markdown } from "../../lib/markdown/Markdown";
import { visible, visibleProse } from "../../lib/visible";
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
  const tokens = report.usage.input_tokens + report.usage.output_tokens;
  return (
    <div className={styles.report}>
      <Markdown text={report.summary} small />
      {findings && report.findings.length > 0 ? <Findings findings={report.findings} /> : null}
      {tokens > 0 ? <p className={styles.usage}>{strings.result.usage(tokens)}</p> : null}
    </div>
  );
}
