import { Heap } from './heap.mjs';

const COMPACT_ABOVE = 1000;

/**
 * Everything that has to happen later, in one heap, so that a hundred thousand locks and expiries
 * need one timer. Times are milliseconds since the epoch.
 */
export class Timeline {
  #heap = new Heap((a, b) => a.at_ms < b.at_ms);
  #dead = 0;

  /** Called with a time when it became the earliest one; set by whoever owns the timer. */
  onSooner = () => {};

  /** Plans `action(subject)` for a time; the entry it returns can be cancelled. */
  at(at_ms, action, subject) {
    const entry = { at_ms, action, subject, isLive: true };
    this.#heap.push(entry);
    if (this.#heap.first === entry) this.onSooner(at_ms);
    return entry;
  }

  /** Forgets an entry; undefined, null and entries that have fired are ignored. */
  cancel(entry) {
    if (!entry?.isLive) return;
    entry.isLive = false;
    entry.subject = null;
    this.#dead += 1;
    if (this.#dead > COMPACT_ABOVE && 2 * this.#dead > this.#heap.size) this.#compact();
  }

  /** The earliest time planned, or null. */
  next_ms() {
    while (this.#heap.size > 0 && !this.#heap.first.isLive) this.#drop();
    return this.#heap.first?.at_ms ?? null;
  }

  /** Does everything that is due at a time, in order. */
  advance(now_ms) {
    for (let due = this.next_ms(); due !== null && due <= now_ms; due = this.next_ms()) {
      const entry = this.#heap.pop();
      entry.isLive = false;
      entry.action(entry.subject);
    }
  }

  #drop() {
    this.#heap.pop();
    this.#dead -= 1;
  }

  #compact() {
    this.#heap.retain((entry) => entry.isLive);
    this.#dead = 0;
  }
}
