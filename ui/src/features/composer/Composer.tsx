import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useAct, useAmpersand, usePlace, useStreaming, useTasks } from "../../ipc/context";
import { useSend } from "../../ipc/send";
import { pickAction, useActions } from "../../lib/actions";
import { visible } from "../../lib/visible";
import { jumpTo, setDraft, useWindow } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Icon } from "../../ui/icons";
import { drawn } from "../../ui/Visible";
import styles from "./Composer.module.css";
import { accept, type Suggestion, suggest, taskMentions } from "./suggest";
import { useSavedDraft } from "./useSavedDraft";

/** Where one writes. It is never locked and never leaves. */
export function Composer() {
  const { conversation } = useAmpersand();
  const draft = useWindow((state) => state.draft);
  const focus = useWindow((state) => state.focus);
  const place = usePlace();
  const streaming = useStreaming();
  const act = useAct();
  const actions = useActions();
  const send = useSend();
  const field = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const goesTo = useRef<number | null>(null);
  const [shut, setShut] = useState(false);
  const [chosen, setChosen] = useState(0);
  const saved = useSavedDraft(draft);
  const tasks = useTasks();
  const found = shut ? [] : suggest(draft, caret, tasks, place.model !== null);
  const current = found[Math.min(chosen, found.length - 1)];

  useEffect(() => {
    if (focus > 0) {
      const box = field.current;
      box?.focus();
      box?.setSelectionRange(box.value.length, box.value.length);
    }
  }, [focus]);

  // With the text, before anybody can select or type something: later it would take that selection away.
  useLayoutEffect(() => {
    if (goesTo.current !== null) {
      field.current?.setSelectionRange(goesTo.current, goesTo.current);
      goesTo.current = null;
    }
  });

  const write = (text: string, at: number) => {
    setDraft(text);
    setCaret(at);
    setShut(false);
    setChosen(0);
  };

  const say = () => {
    const text = draft.trim();
    if (text === "") {
      return;
    }
    write("", 0);
    saved.clear();
    void send(text);
    jumpTo("end");
  };

  const take = (suggestion: Suggestion) => {
    const next = accept(draft, suggestion);
    goesTo.current = next.caret;
    write(next.text, next.caret);
    field.current?.focus();
  };

  const editLast = () => {
    for (let index = conversation.messageOrder().length - 1; index >= 0; index -= 1) {
      const id = conversation.messageOrder()[index];
      const body = id === undefined ? undefined : conversation.message(id)?.body;
      if (body?.kind === "said") {
        write(body.text, body.text.length);
        return;
      }
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method is at work, Enter and the arrows are its own.
    if (event.nativeEvent.isComposing || event.keyCode === 229) {
      return;
    }
    if (current) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step !== 0) {
        event.preventDefault();
        setChosen((Math.min(chosen, found.length - 1) + step + found.length) % found.length);
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !current.complete)) {
        event.preventDefault();
        take(current);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setShut(true);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      say();
    } else if (event.key === "ArrowUp" && draft === "") {
      event.preventDefault();
      editLast();
    }
  };

  const empty = draft.trim() === "";
  const stops = streaming.length > 0 && empty;
  const put = (sign: string) => {
    write(draft === "" || draft.endsWith(" ") ? draft + sign : `${draft} ${sign}`, draft.length + 2);
    field.current?.focus();
  };

  return (
    <div className={styles.composer}>
      {found.length > 0 ? (
        <div
          className={styles.found}
          id="suggestions"
          role="listbox"
          aria-label={strings.composer.suggestions}
        >
          {found.map((suggestion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's.
            // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus and names the row.
            <div
              key={suggestion.insert}
              id={`suggestion-${index}`}
              role="option"
              aria-selected={suggestion === current}
              className={suggestion === current ? styles.current : undefined}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(suggestion)}
            >
              <span className={suggestion.mono ? "mono" : undefined}>{drawn(suggestion.title)}</span>
              <span className={styles.hint}>{drawn(suggestion.hint)}</span>
            </div>
          ))}
        </div>
      ) : null}
      <div className={styles.scroll}>
        <div className={styles.stack}>
          <div className={styles.mirror} aria-hidden="true">
            <Mirror text={draft} />
          </div>
          <textarea
            ref={field}
            className={styles.field}
            rows={1}
            aria-label={strings.composer.label}
            aria-controls={found.length > 0 ? "suggestions" : undefined}
            aria-activedescendant={current ? `suggestion-${found.indexOf(current)}` : undefined}
            placeholder={
              place.model === null ? strings.composer.placeholderCommands : strings.composer.placeholder
            }
            spellCheck
            value={draft}
            onChange={(event) => write(event.target.value, event.target.selectionStart)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
          />
        </div>
      </div>
      <div className={styles.hints}>
        {place.repository ? (
          <button
            type="button"
            className={styles.to}
            title={visible(place.repository.root)}
            aria-label={`${visible(place.repository.name)}. ${strings.actions.openRepository}`}
            onClick={() => pickAction(actions.general(), "repository")?.run()}
          >
            <Icon name="folder" />
            <span className="cut">{drawn(place.repository.name)}</span>
          </button>
        ) : null}
        {place.model === null ? null : (
          <button type="button" className={styles.sign} onClick={() => put("@")}>
            {strings.composer.tasks}
          </button>
        )}
        <button type="button" className={styles.sign} onClick={() => write("/", 1)}>
          {place.model === null ? strings.composer.allCommands : strings.composer.commands}
        </button>
        {stops ? (
          <button
            type="button"
            className={`${styles.send} ${styles.stop}`}
            aria-label={strings.composer.stop}
            title={strings.composer.stop}
            onClick={() => void act({ kind: "stop_reply" })}
          >
            <Icon name="stop" />
          </button>
        ) : (
          <button
            type="button"
            className={empty ? `${styles.send} ${styles.off}` : styles.send}
            aria-label={strings.composer.send}
            title={strings.composer.send}
            onClick={say}
          >
            <Icon name="up" />
          </button>
        )}
      </div>
    </div>
  );
}

/** What is written, drawn under the field: it gives the field its height, and mentions their colour. */
function Mirror({ text }: { text: string }) {
  const parts = taskMentions(text, useTasks());
  return (
    <>
      {parts.map((part, index) =>
        part.mention ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are drawn in the order of the text.
          <span key={index} className={styles.mention}>
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
      {/* A last empty line has a height only if something stands on it. */}
      {"\u200b"}
    </>
  );
}
