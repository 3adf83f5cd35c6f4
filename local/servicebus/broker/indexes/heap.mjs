/** A binary heap: the entry that `before` puts first is always at the top. */
export class Heap {
  #before;
  #entries = [];

  /** @param before (a, b) => true when a must leave the heap before b. */
  constructor(before) {
    this.#before = before;
  }

  get size() {
    return this.#entries.length;
  }

  /** The entry that leaves next, or undefined when the heap is empty. */
  get first() {
    return this.#entries[0];
  }

  push(entry) {
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
  }

  pop() {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return first;
  }

  clear() {
    this.#entries = [];
  }

  /** Keeps only the entries that pass, in linear time. */
  retain(isKept) {
    this.#entries = this.#entries.filter(isKept);
    for (let i = (this.#entries.length >> 1) - 1; i >= 0; i -= 1) this.#sink(i);
  }

  #rise(from) {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#before(this.#entries[child], this.#entries[parent])) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(from) {
    let parent = from;
    for (;;) {
      const child = this.#firstChild(parent);
      if (child === -1 || !this.#before(this.#entries[child], this.#entries[parent])) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #firstChild(parent) {
    const left = 2 * parent + 1;
    const right = left + 1;
    if (left >= this.#entries.length) return -1;
    if (right >= this.#entries.length) return left;
    return this.#before(this.#entries[right], this.#entries[left]) ? right : left;
  }

  #swap(a, b) {
    [this.#entries[a], this.#entries[b]] = [this.#entries[b], this.#entries[a]];
  }
}
