const COMPACT_ABOVE = 1000;

const sequenceOf = (entry) => (typeof entry === 'number' ? entry : entry.sequence);

/**
 * Messages by sequence number. Numbers only grow, so an array is always sorted: adding is O(1),
 * finding and removing O(log n). A removed message leaves its bare number until the next compaction.
 */
export class SequenceIndex {
  #entries = [];
  #removed = 0;

  get size() {
    return this.#entries.length - this.#removed;
  }

  add(message) {
    this.#entries.push(message);
  }

  remove(message) {
    this.#entries[this.#position(message.sequence)] = message.sequence;
    this.#removed += 1;
    if (this.#removed > COMPACT_ABOVE && 2 * this.#removed > this.#entries.length) this.#compact();
  }

  /** The message with this number, or undefined. */
  get(sequence) {
    const entry = this.#entries[this.#position(sequence)];
    return typeof entry === 'object' && entry.sequence === sequence ? entry : undefined;
  }

  /** The messages from this number on, in order. */
  *from(sequence) {
    for (let i = this.#position(sequence); i < this.#entries.length; i += 1) {
      if (typeof this.#entries[i] === 'object') yield this.#entries[i];
    }
  }

  #position(sequence) {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sequenceOf(this.#entries[middle]) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact() {
    this.#entries = this.#entries.filter((entry) => typeof entry === 'object');
    this.#removed = 0;
  }
}
