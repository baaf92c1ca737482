import { Dialog } from "@base-ui/react/dialog";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useAmpersand } from "../ipc/context";
import { type Action, useActions } from "../lib/actions";
import { shown } from "../lib/keys";
import { jumpTo, useWindow } from "../lib/window";
import { strings } from "../strings/strings";
import { Icon, type IconName } from "../ui/icons";
import { drawn } from "../ui/Visible";
import styles from "./Palette.module.css";
import { type Found, rank, split } from "./search";

interface Row {
  key: string;
  group: string;
  title: string;
  meta: string | undefined;
  icon: IconName;
  keys: string | undefined;
  blocked: string | undefined;
  hits: Found["hits"];
  run: () => void;
}

const SAID_SHOWN = 4;

export function Palette() {
  const open = useWindow((state) => state.palette);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useWindow.setState({ palette: next })}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.scrim} />
        <Dialog.Popup className={styles.palette} aria-label={strings.palette.label}>
          <Content />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Content() {
  const { facts } = useAmpersand();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const rows = useRows(text);
  const list = useRef<HTMLDivElement>(null);
  const current = rows[Math.min(chosen, rows.length - 1)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the row that is chosen is brought into view whenever it changes.
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current?.key]);

  const doIt = (row: Row | undefined) => {
    if (row && row.blocked === undefined) {
      useWindow.setState({ palette: false });
      row.run();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && rows.length > 0) {
      event.preventDefault();
      setChosen((Math.min(chosen, rows.length - 1) + step + rows.length) % rows.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      doIt(current);
    } else if (event.key === "?" && text === "") {
      event.preventDefault();
      useWindow.setState({ palette: false, keys: true });
    }
  };
  const groups = [...new Set(rows.map((row) => row.group))];
  return (
    <>
      <div className={styles.in}>
        <Icon name="search" />
        <input
          className={styles.field}
          role="combobox"
          aria-expanded
          aria-controls="actions"
          aria-label={strings.palette.label}
          aria-activedescendant={current ? `action-${current.key}` : undefined}
          placeholder={strings.palette.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>{shown("escape", facts.system).toLowerCase()}</kbd>
      </div>
      <div ref={list} id="actions" className={styles.list} role="listbox" aria-label={strings.palette.label}>
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a list box.
          <div key={group} role="group" aria-label={group}>
            <h3>{group}</h3>
            {rows
              .filter((row) => row.group === group)
              .map((row) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's.
                // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus and names the row.
                <div
                  key={row.key}
                  id={`action-${row.key}`}
                  role="option"
                  aria-selected={row === current}
                  aria-disabled={row.blocked !== undefined}
                  className={styles.row}
                  title={row.blocked}
                  onMouseMove={() => setChosen(rows.indexOf(row))}
                  onClick={() => doIt(row)}
                >
                  <Icon name={row.icon} />
                  <span className="cut">
                    <Hits title={row.title} hits={row.hits} />
                  </span>
                  <span className={`${styles.meta} cut`}>{drawn(row.blocked ?? row.meta ?? "")}</span>
                  {row.keys ? <kbd>{shown(row.keys, facts.system)}</kbd> : null}
                </div>
              ))}
          </div>
        ))}
        {rows.length === 0 ? <p className={styles.none}>{strings.palette.none}</p> : null}
      </div>
      <footer className={styles.foot}>
        <span>{strings.palette.choose}</span>
        <span>{strings.palette.doIt}</span>
        <span className="grow" />
        <span>{strings.palette.allKeys}</span>
      </footer>
    </>
  );
}

function Hits({ title, hits }: { title: string; hits: Found["hits"] }) {
  return split(title, hits).map((part, index) =>
    part.hit ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts are drawn in the order of the title.
      <b key={index} className={styles.hit}>
        {drawn(part.text)}
      </b>
    ) : (
      drawn(part.text)
    ),
  );
}

function useRows(text: string): Row[] {
  const actions = useActions();
  const { conversation } = useAmpersand();
  return useMemo(() => {
    const general = actions.general().filter((action) => action.id !== "palette");
    const perTask = conversation
      .allTasks()
      .toReversed()
      .flatMap((task) =>
        actions.forTask(task).map((action) => ({ ...action, id: `${action.id}-${task.id}` })),
      );
    // With nothing written, what can be done at once; the verbs of single tasks come with the first letters.
    const all = text.trim() === "" ? general : [...perTask, ...general];
    const rows = rank(text, all, (action) => action.title).map(({ item, hits }) => row(item, hits));
    return [...inGroups(rows), ...said(text, conversation)];
  }, [actions, conversation, text]);
}

function row(action: Action, hits: Found["hits"]): Row {
  const { id, title, meta, icon, keys, blocked, run } = action;
  return {
    key: id,
    group: strings.palette.groups[action.group],
    title,
    meta,
    icon,
    keys,
    blocked,
    hits,
    run,
  };
}

function inGroups(rows: Row[]): Row[] {
  const groups = [...new Set(rows.map((each) => each.group))];
  return groups.flatMap((group) => rows.filter((each) => each.group === group));
}

function said(text: string, conversation: ReturnType<typeof useAmpersand>["conversation"]): Row[] {
  const wanted = text.trim().toLowerCase();
  if (wanted.length < 2) {
    return [];
  }
  const rows: Row[] = [];
  for (const id of conversation.messageOrder().toReversed()) {
    const body = conversation.message(id)?.body;
    if (body?.kind === "said" && body.text.toLowerCase().includes(wanted)) {
      const title = `“${body.text.replace(/\s+/g, " ")}”`;
      const at = title.toLowerCase().indexOf(wanted);
      rows.push({
        key: id,
        group: strings.palette.groups.said,
        title,
        meta: strings.you,
        icon: "say",
        keys: undefined,
        blocked: undefined,
        hits: at < 0 ? [] : [[at, at + wanted.length]],
        run: () => jumpTo(id),
      });
      if (rows.length === SAID_SHOWN) {
        break;
      }
    }
  }
  return rows;
}
