/** What the window says of work that goes out: on a branch, as a pull request, and what is found on one. */
import { count } from "./amount";

const NOUN = { github: "Pull request", gitlab: "Merge request" };

export const outgoing = {
  verbs: {
    put_on_branch: "Put on a branch",
    open_pull_request: "Open a pull request",
    watch: "Watch it again",
    unwatch: "Stop watching",
  },
  instead: "Instead of landing",
  branchLabel: (title: string) => `Branch for ${title}`,
  branchPlaceholder: "fix/login",
  branchSend: "Put it there",
  branched: "On a branch",
  branchedWhere: (branch: string, commit: string) => `${branch} ${commit}`,

  noun: (forge: "github" | "gitlab") => NOUN[forge],
  named: (forge: "github" | "gitlab", number: number) =>
    forge === "github" ? `Pull request #${number}` : `Merge request !${number}`,
  into: (branch: string, onto: string) => `${branch} into ${onto}`,
  rounds: (done: number, most: number) => `sent back ${done} of ${most} times`,
  stage: {
    asking: "waits for you to allow the push",
    pushing: "being pushed",
    watching: "open",
    fixing: "its agent mends what was found",
    held: "waits for you",
    unwatched: "not watched",
    merged: "merged",
    merged_without: "merged, not all of it",
    closed: "closed without being merged",
    given_up: "not opened",
  },
  headline: {
    watching: (name: string) => `${name} is open`,
    pushing: (name: string) => `${name} is being pushed`,
    asking: (name: string) => `${name} has a fix that is not pushed`,
    fixing: (name: string) => `${name}: its agent mends what was found`,
    unwatched: (name: string) => `${name} is open and not watched`,
    merged: (name: string) => `${name} was merged`,
    closed: (name: string) => `${name} was closed without being merged`,
  },
  checks: (passed: number, failed: number, pending: number) =>
    [
      passed > 0 ? `${count(passed, "check")} passed` : null,
      failed > 0 ? `${failed} failed` : null,
      pending > 0 ? `${pending} under way` : null,
    ]
      .filter((part) => part !== null)
      .join(", ") || "no checks yet",
  watched: "Its checks and review comments are watched; what is found goes to its agent.",
  notWatched: "What happens there is not looked at.",
  checkFailed: (name: string) => `${name} failed`,
  wentOn: "opened",
  failed: "failed",
  showLog: "Show its log",
  hideLog: "Hide its log",
  noLog: "What it printed is not known here.",
  wrote: (author: string, place: string | null) =>
    place === null ? `${author} wrote` : `${author} on ${place}`,
  stranger: "not sent to its agent: they may not write to the repository",
  unseen: (words: string) => `Not looked at lately: ${words}`,

  need: {
    branch: (title: string, branch: string) => `Put the work of ${title} on the branch ${branch}?`,
    push: (title: string) => `Push ${title} and open it?`,
    pushFix: (title: string) => `Push the fix of ${title}?`,
    remote: "Remote",
    to: "Branch",
    toOnto: (branch: string, onto: string) => `${branch}, to be merged into ${onto}`,
    commits: "Commits",
    moreCommits: (n: number) => `and ${count(n, "more commit")}`,
    files: "Files",
    says: "Says",
    unchecked: "Note",
    uncheckedWords:
      "What was not committed when it started stays here, so its checks have not seen exactly this.",
    pushOnce: "Push",
    pushFreely: "Push, and its fixes",
  },
};

export type OutgoingStrings = typeof outgoing;
