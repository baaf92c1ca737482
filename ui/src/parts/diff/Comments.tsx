import { useEffect, useRef, useState } from "react";
import { useCommand } from "../../ipc/context";
import type { TaskId } from "../../ipc/generated/protocol";
import { type Comment, commentWords, dropComments, keepComment, useCommentsOf } from "../../lib/comments";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { drawnProse } from "../../ui/Visible";
import styles from "./Comments.module.css";

interface FormProps {
  task: TaskId;
  about: Comment;
  onEnd: () => void;
}

/** A comment being written under its line. Kept, it waits for the others. */
export function CommentForm({ task, about, onEnd }: FormProps) {
  const [text, setText] = useState(about.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const keep = () => {
    keepComment(task, { ...about, text });
    onEnd();
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <textarea
        ref={field}
        className={styles.field}
        rows={2}
        aria-label={strings.diff.comment(about.line)}
        placeholder={strings.diff.commentPlaceholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") {
            onEnd();
          } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            keep();
          }
        }}
      />
      <Button tone="plain" onClick={keep}>
        {strings.diff.commentKeep}
      </Button>
    </form>
  );
}

interface ViewProps {
  task: TaskId;
  comment: Comment;
  onOpen: () => void;
}

/** A comment that is kept. */
export function CommentView({ task, comment, onOpen }: ViewProps) {
  return (
    <div className={styles.kept}>
      <button type="button" className={styles.words} onClick={onOpen}>
        {drawnProse(comment.text)}
      </button>
      <Button tone="link" onClick={() => keepComment(task, { ...comment, text: "" })}>
        {strings.diff.commentDrop}
      </Button>
    </div>
  );
}

/** What was written about a task's diff, to be said to its agent all at once; nothing while there is nothing. */
export function CommentsBar({ task }: { task: TaskId }) {
  const comments = useCommentsOf(task);
  const command = useCommand();
  if (comments.length === 0) {
    return null;
  }
  const send = async () => {
    const text = commentWords(comments);
    if (await command({ verb: "steer", task, text, by: "person" })) {
      dropComments(task);
    }
  };
  return (
    <div className={styles.bar}>
      <span className="num">{strings.diff.comments(comments.length)}</span>
      <Button onClick={() => void send()}>{strings.diff.commentsSend}</Button>
      <Button tone="quiet" onClick={() => dropComments(task)}>
        {strings.diff.commentsDrop}
      </Button>
    </div>
  );
}
