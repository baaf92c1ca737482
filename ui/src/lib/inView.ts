/** Which elements are in view or near it, with one observer for all of them. */

interface Watched {
  inView: boolean;
  onEnter: () => void;
}

const watched = new Map<Element, Watched>();
let observer: IntersectionObserver | null = null;

function onChange(entries: IntersectionObserverEntry[]): void {
  for (const entry of entries) {
    const known = watched.get(entry.target);
    if (known) {
      const entered = entry.isIntersecting && !known.inView;
      known.inView = entry.isIntersecting;
      if (entered) {
        known.onEnter();
      }
    }
  }
}

/** Watches an element; `onEnter` runs whenever it comes into view. */
export function watchView(
  element: Element,
  onEnter: () => void,
): { inView: () => boolean; stop: () => void } {
  observer ??= new IntersectionObserver(onChange, { rootMargin: "100px" });
  const known: Watched = { inView: false, onEnter };
  watched.set(element, known);
  observer.observe(element);
  return {
    inView: () => known.inView,
    stop: () => {
      watched.delete(element);
      observer?.unobserve(element);
    },
  };
}
