/**
 * The message ids seen within a window of time. Ids enter in the order of time, so the oldest
 * stand first in the map and forgetting them costs nothing extra.
 */
export class DuplicateWindow {
  #seen = new Map();
  #window_ms;

  constructor(window_ms) {
    this.#window_ms = window_ms;
  }

  /** True when this id was seen within the window; otherwise remembers it. */
  isDuplicate(messageId, now_ms) {
    this.#forget(now_ms - this.#window_ms);
    if (this.#seen.has(messageId)) return true;
    this.#seen.set(messageId, now_ms);
    return false;
  }

  clear() {
    this.#seen.clear();
  }

  #forget(before_ms) {
    for (const [messageId, seen_ms] of this.#seen) {
      if (seen_ms > before_ms) return;
      this.#seen.delete(messageId);
    }
  }
}
