/** Who wants to hear of what; several changes are told once. */
export class Watchers<K> {
  private listeners = new Map<K, Set<() => void>>();
  private changed = new Set<K>();

  /** Calls back whenever what `key` names has changed, until the answer is called. */
  watch(key: K, listener: () => void): () => void {
    const set = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, set);
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0) {
        this.listeners.delete(key);
      }
    };
  }

  /** Notes a change. */
  touch(key: K): void {
    this.changed.add(key);
  }

  /** Tells everybody what has changed since the last time. */
  flush(): void {
    const keys = this.changed;
    this.changed = new Set();
    for (const key of keys) {
      for (const listener of this.listeners.get(key) ?? []) {
        listener();
      }
    }
  }
}
