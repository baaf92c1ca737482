/** How a pull request stands, in words. */
import type { Failure, PullRequest, PullRequestEnd, ReviewComment } from "../../ipc/generated/protocol";
import { failureLine } from "../../lib/failure";
import { strings } from "../../strings/strings";
import type { GlyphName } from "../../ui/Glyph";

const words = strings.outgoing;

/** What it is called: by its number, once it has one. */
export function nameOf(pull: PullRequest): string {
  return pull.opened === null ? words.noun(pull.forge) : words.named(pull.forge, pull.opened.number);
}

/** How far it is, in a few words. */
export function stageOf(pull: PullRequest): string {
  const { stage } = pull;
  return stage.name === "ended" ? words.stage[stage.how.kind] : words.stage[stage.name];
}

/** The headline of its card. */
export function headlineOf(pull: PullRequest): string {
  const { stage } = pull;
  const name = nameOf(pull);
  switch (stage.name) {
    case "held":
      return failureLine(stage.why);
    case "ended":
      switch (stage.how.kind) {
        case "given_up":
          return name;
        case "merged_without":
          return failureLine(stage.how.why);
        default:
          return words.headline[stage.how.kind](name);
      }
    default:
      return words.headline[stage.name](name);
  }
}

/** What a person is to do about it, where it waits for them. */
export function waitsFor(pull: PullRequest): Failure | null {
  const { stage } = pull;
  if (stage.name === "held") {
    return stage.why;
  }
  return stage.name === "ended" && stage.how.kind === "merged_without" ? stage.how.why : null;
}

const ENDED: Record<PullRequestEnd["kind"], GlyphName> = {
  merged: "done",
  merged_without: "need",
  closed: "cancelled",
  given_up: "cancelled",
};

export function glyphOfPull(pull: PullRequest): GlyphName {
  switch (pull.stage.name) {
    case "asking":
      return "need";
    case "pushing":
    case "fixing":
      return "running";
    case "held":
      return "need";
    case "watching":
      return pull.standing.failed > 0 ? "bad" : pull.standing.pending > 0 ? "running" : "plain";
    case "unwatched":
      return "paused";
    case "ended":
      return ENDED[pull.stage.how.kind];
  }
}

/** The file and the line of a comment; null where it is about the whole. */
export function placeOf(comment: ReviewComment): string | null {
  if (comment.path === null) {
    return null;
  }
  return comment.line === null ? comment.path : `${comment.path}:${comment.line}`;
}

/** What a task's row says of it; null while there is nothing to say. */
export function sideOf(pull: PullRequest | null | undefined): string | null {
  if (!pull || pull.opened === null || pull.stage.name === "ended") {
    return null;
  }
  return [nameOf(pull), stageOf(pull)].join(strings.separator);
}

/** What was found in a round that is over, shortly; or that it went on. */
export function foundIn(pull: PullRequest): string {
  const checks = pull.found.checks.map((check) => words.checkFailed(check.name));
  const comments = pull.found.comments.map((comment) => words.wrote(comment.author, placeOf(comment)));
  const found = [...checks, ...comments];
  return found.length === 0 ? words.wentOn : found.join(strings.separator);
}
