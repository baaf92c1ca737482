import { useEffect } from "react";
import { useAmpersand } from "../ipc/context";
import { useActions } from "../lib/actions";
import { matches } from "../lib/keys";
import { useWindow } from "../lib/window";

/** The keys that work everywhere, and J and K where nothing is being written. */
export function useKeys(): void {
  const actions = useActions();
  const { facts } = useAmpersand();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) {
        return;
      }
      const { palette, keys } = useWindow.getState();
      // A menu or a note that closes by Escape has had its key.
      if (event.key === "Escape" && isOverlay(event.target)) {
        return;
      }
      const writing = isWriting(event.target);
      const overlay = palette || keys;
      for (const action of actions.general()) {
        if (action.keys && matches(action.keys, event, facts.system)) {
          const alone = !action.keys.includes("mod");
          if (overlay ? alone : alone && writing && action.keys !== "escape") {
            continue;
          }
          if (action.blocked === undefined) {
            event.preventDefault();
            action.run();
          }
          return;
        }
      }
      if (!writing && !overlay && !event.ctrlKey && !event.metaKey && !event.altKey) {
        if (event.key === "j" || event.key === "k") {
          event.preventDefault();
          moveToCard(event.key === "j" ? 1 : -1);
        }
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [actions, facts.system]);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, [role=menu]") !== null;
}

function isOverlay(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[role=menu], [role=dialog]") !== null;
}

/** From the card that has the focus, or from the middle of the view, to the next one. */
function moveToCard(step: 1 | -1): void {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-card]")].filter(
    (card) => card.offsetParent !== null,
  );
  cards.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const focused = document.activeElement?.closest<HTMLElement>("[data-card]");
  const at = focused ? cards.indexOf(focused) : -1;
  const middle = window.innerHeight / 2;
  const next =
    at >= 0
      ? cards[at + step]
      : step > 0
        ? (cards.find((card) => card.getBoundingClientRect().bottom > middle) ?? cards.at(-1))
        : cards.findLast((card) => card.getBoundingClientRect().top < middle);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
