import { Heap } from './indexes/heap.mjs';
import { SequenceIndex } from './indexes/sequence.mjs';

/**
 * The messages of one session, or all messages of a queue without sessions (id null), with the
 * consumers that may take them: the holder of the session, or everyone in turn.
 */
export class MessageGroup {
  #available = new Heap((a, b) => a.sequence < b.sequence);
  #consumers = [];

  index = new SequenceIndex();
  locks = new Set();
  state = null;
  stateChanged_ms = 0;
  lockedUntil_ms = null;
  lockTimer = null;

  constructor(id) {
    this.id = id;
  }

  /** The consumer that holds the session, or undefined. */
  get holder() {
    return this.id === null ? undefined : this.#consumers[0];
  }

  /** True when nothing is kept here that a later receiver could ask for. */
  get isIdle() {
    return this.index.size === 0 && this.#consumers.length === 0 && this.state === null;
  }

  /** The available message that goes out next, or undefined. */
  get first() {
    while (this.#available.size > 0 && this.#available.first.state !== 'active') this.#available.pop();
    return this.#available.first;
  }

  offer(message) {
    this.#available.push(message);
  }

  take() {
    return this.#available.pop();
  }

  join(consumer) {
    this.#consumers.push(consumer);
  }

  leave(consumer) {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** The next consumer that has credit, each in its turn; undefined when none has. */
  nextConsumer() {
    for (let tries = this.#consumers.length; tries > 0; tries -= 1) {
      const consumer = this.#consumers.shift();
      this.#consumers.push(consumer);
      if (consumer.credit() > 0) return consumer;
    }
    return undefined;
  }

  /** Forgets messages and state; consumers and their session lock stay. */
  clear() {
    this.#available.clear();
    this.index = new SequenceIndex();
    this.locks.clear();
    this.state = null;
  }
}
