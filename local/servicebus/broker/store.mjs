import { messageNotFound } from './errors.mjs';
import { SequenceIndex } from './indexes/sequence.mjs';

const noMessages = () => ({ scheduled: 0, active: 0, locked: 0, deferred: 0 });

/** The messages of a queue: numbered, findable, and counted by state. */
export class MessageStore {
  #index = new SequenceIndex();
  #lastSequence = 0;
  counts = noMessages();

  get size() {
    return this.#index.size;
  }

  get all() {
    return this.#index.from(0);
  }

  /** Gives a message the next sequence number and keeps it in its group. */
  add(message, group) {
    this.number(message);
    message.group = group;
    this.#index.add(message);
    group.index.add(message);
  }

  /** Gives a message the next sequence number without keeping it. */
  number(message) {
    this.#lastSequence += 1;
    message.sequence = this.#lastSequence;
  }

  remove(message) {
    this.move(message, null);
    this.#index.remove(message);
    message.group.index.remove(message);
  }

  /** Changes the state of a message; null when it leaves. */
  move(message, state) {
    if (message.state !== null) this.counts[message.state] -= 1;
    if (state !== null) this.counts[state] += 1;
    message.state = state;
  }

  /** Up to `count` messages from a sequence number on, of one group or of all. */
  peek(from, count, group) {
    const found = [];
    for (const message of (group ?? { index: this.#index }).index.from(from)) {
      if (found.length >= count) break;
      found.push(message);
    }
    return found;
  }

  /** The messages with these numbers. Raises message-not-found unless all are in this state. */
  inState(state, sequences) {
    const messages = sequences.map((sequence) => this.#index.get(sequence));
    if (messages.some((message) => message?.state !== state)) throw messageNotFound(sequences);
    return messages;
  }

  /** Forgets all messages; numbers go on growing. */
  clear() {
    this.#index = new SequenceIndex();
    this.counts = noMessages();
  }
}
