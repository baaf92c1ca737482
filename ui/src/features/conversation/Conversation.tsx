import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useAmpersand, useOrder, usePlace } from "../../ipc/context";
import type { MessageBody, MessageId } from "../../ipc/generated/protocol";
import { loadEarlier } from "../../ipc/load";
import type { Conversation as Store } from "../../ipc/store";
import { jumpTo, useWindow } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Icon } from "../../ui/icons";
import styles from "./Conversation.module.css";
import { useDrawn } from "./drawn";
import { Entry } from "./Entry";
import { settleAtEnd } from "./settle";
import { useSeen } from "./useSeen";

const NEAR_END = 64;
const NEAR_START = 800;
/** Entries drawn beyond the view on each side: more are drawn in vain by everyone who jumps. */
const OVERSCAN = 3;
const OPENING = "opening";

/** Rough heights until an entry has been drawn and measured. */
const ESTIMATE: Record<MessageBody["kind"], number> = {
  said: 60,
  reply: 84,
  plan: 220,
  result: 200,
  needs_you: 170,
  landing: 44,
  pull_request: 160,
  branched: 44,
  override: 44,
  choice: 140,
  kept: 120,
  notice: 120,
};

/** A reply that has only begun. */
const BEGUN = 36;

/**
 * The conversation: only what is near the view is drawn, heights are measured, and the place that is being read is kept
 * by hand, because not every engine does. `opening` stands before the first entry.
 */
export function Conversation({ opening }: { opening: ReactNode }) {
  const { conversation, backend } = useAmpersand();
  const order = useOrder();
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [seen, setSeen] = useState<MessageId | undefined>(undefined);
  const jump = useWindow((state) => state.jump);
  const keys: readonly string[] = opening ? [OPENING, ...order] : order;

  const { list, rangeExtractor, leave } = useDrawn();
  const virtual = useVirtualizer({
    count: keys.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => keys[index] ?? index,
    estimateSize: (index) => estimate(conversation.message(keys[index] ?? "")?.body),
    overscan: OVERSCAN,
    rangeExtractor,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
  });

  list.current = virtual;

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (box) {
      box.scrollTop = box.scrollHeight;
    }
  }, []);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) {
      return;
    }
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR_END;
    if (atEnd.current) {
      setSeen(order.at(-1));
    }
    if (box.scrollTop < NEAR_START) {
      void loadEarlier(conversation, backend);
    }
  };

  // What came while the end was in view has been seen.
  const newest = order.at(-1);
  useLayoutEffect(() => {
    if (atEnd.current) {
      setSeen(newest);
    }
  }, [newest]);

  // Opening at the newest entry, once there is one.
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (!opened.current && order.length > 0) {
      opened.current = true;
      virtual.scrollToEnd();
    }
  }, [order.length, virtual]);

  // A composer that grows must not cover what stood at the end.
  useEffect(() => {
    const box = scroller.current;
    if (!box) {
      return;
    }
    const observer = new ResizeObserver(() => {
      if (atEnd.current) {
        toEnd();
      }
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a wish is carried out once, against the entries of that moment.
  useLayoutEffect(() => {
    if (!jump) {
      return;
    }
    if (jump.message === "end") {
      leave();
      settleAtEnd(virtual);
      return;
    }
    const index = keys.indexOf(jump.message);
    if (index >= 0) {
      virtual.scrollToIndex(index, { align: "center" });
      requestAnimationFrame(() =>
        requestAnimationFrame(() =>
          scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] [data-card]`)?.focus(),
        ),
      );
    }
  }, [jump]);

  useSeen(
    virtual
      .getVirtualItems()
      .filter((item) => {
        const top = virtual.scrollOffset ?? 0;
        return item.end > top && item.start < top + (virtual.scrollRect?.height ?? 0);
      })
      .map((item) => keys[item.index] ?? ""),
  );

  // The room of the reply that comes stands there from the beginning, so that it moves nothing.
  const hasModel = usePlace().model !== null;
  const awaits = hasModel && conversation.message(order.at(-1) ?? "")?.body.kind === "said";

  const unseen = seen === undefined ? 0 : Math.max(0, order.length - 1 - order.indexOf(seen));
  return (
    <div className={styles.main}>
      <div
        ref={scroller}
        className={styles.log}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard.
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={strings.conversation}
      >
        <div className={opening ? styles.fromTop : styles.fromEnd}>
          <div className={styles.list} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const key = keys[item.index] ?? "";
              return (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className={styles.item}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <div className={`${styles.column} ${styles[spaceOf(conversation, keys, item.index)]}`}>
                    {key === OPENING ? opening : <Entry id={key} />}
                  </div>
                </div>
              );
            })}
          </div>
          <div className={awaits ? `${styles.foot} ${styles.awaits}` : styles.foot} />
        </div>
      </div>
      {unseen > 0 && !atEnd.current ? (
        <button
          type="button"
          className={styles.pill}
          onClick={() => jumpTo("end")}
          aria-label={`${strings.log.newBelow(unseen)}. ${strings.log.toEnd}`}
        >
          <Icon name="arrowDown" />
          {strings.log.newBelow(unseen)}
        </button>
      ) : null}
    </div>
  );
}

function estimate(body: MessageBody | undefined): number {
  return body?.kind === "reply" && body.text === "" ? BEGUN : ESTIMATE[body?.kind ?? "said"];
}

/** Entries that belong to one turn stand closer together. */
function spaceOf(
  conversation: Pick<Store, "message" | "hasEarlier">,
  keys: readonly string[],
  index: number,
): "first" | "near" | "turn" {
  if (index === 0 && !conversation.hasEarlier()) {
    return "first";
  }
  const kind = conversation.message(keys[index] ?? "")?.body.kind;
  const before = conversation.message(keys[index - 1] ?? "")?.body.kind;
  const answers =
    kind === "reply" || kind === "plan" || kind === "override" || kind === "choice" || kind === "kept";
  // What stands before the oldest entry known is most likely what it answers; a guess that holds moves nothing later.
  const asked = before === "said" || before === "reply" || index === 0;
  const lines =
    (kind === "landing" || kind === "override") &&
    (before === "landing" || before === "override" || before === "result");
  return (answers && asked) || lines ? "near" : "turn";
}
