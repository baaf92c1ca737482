import type { ReactNode } from "react";
import type { Push } from "../../ipc/generated/protocol";
import { strings } from "../../strings/strings";
import { drawn, drawnProse } from "../../ui/Visible";
import { Stat } from "../diff/Changes";

const words = strings.outgoing.need;

/** Files that are named before they are counted. */
const FILES_SHOWN = 8;

/** All of what would leave this machine, row by row. */
export function pushRows(push: Push, why: string): [string, ReactNode][] {
  const { files, count, added, removed } = push.diffstat;
  const named = files.slice(0, FILES_SHOWN);
  const rows: [string, ReactNode][] = [
    [words.remote, drawn(`${push.remote}${strings.separator}${push.url}`)],
    [words.to, drawn(words.toOnto(push.branch, push.onto))],
    [
      words.commits,
      <Lines
        key="commits"
        lines={push.commits}
        more={push.count - push.commits.length}
        words={words.moreCommits}
      />,
    ],
    [
      words.files,
      <span key="files">
        {strings.landing.files(count)} <Stat added={added} removed={removed} />
        <Lines
          lines={named.map((file) => file.path)}
          more={count - named.length}
          words={strings.landing.moreFiles}
        />
      </span>,
    ],
  ];
  if (why !== "") {
    rows.unshift([strings.need.why, drawnProse(why)]);
  }
  if (push.says) {
    rows.push([
      words.says,
      <Lines key="says" lines={[push.says.title, "", ...push.says.body.split("\n")]} more={0} />,
    ]);
  }
  if (!push.as_checked) {
    rows.push([words.unchecked, words.uncheckedWords]);
  }
  return rows;
}

function Lines({
  lines,
  more,
  words: rest,
}: {
  lines: readonly string[];
  more: number;
  words?: (n: number) => string;
}) {
  const text = more > 0 && rest ? [...lines, rest(more)] : lines;
  return <span style={{ display: "block", whiteSpace: "pre-wrap" }}>{drawn(text.join("\n"))}</span>;
}
