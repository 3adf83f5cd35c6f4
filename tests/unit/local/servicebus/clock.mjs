import { Message } from '../../../../local/servicebus/broker/message.mjs';
import { Queue } from '../../../../local/servicebus/broker/queue.mjs';
import { Timeline } from '../../../../local/servicebus/broker/indexes/timeline.mjs';
import { queueSettings } from '../../../../local/servicebus/config.mjs';

/** A clock that tests move by hand; random numbers come from a seeded generator. */
export class Clock {
  time_ms = 1_000_000;
  timeline = new Timeline();
  faults = { duplicateDeliveryRate: 0, reorderSessions: false };
  #seed = 42;
  #tokens = 0;

  now = () => this.time_ms;

  random = () => {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return this.#seed / 2 ** 31;
  };

  uuid = () => {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  };

  /** Lets time pass, doing what is due on the way. */
  pass(ms) {
    this.time_ms += ms;
    this.catchUp();
  }

  /** Does what is due by now. */
  catchUp() {
    this.timeline.advance(this.time_ms);
  }
}

/** A queue with its dead letters, made from the properties of queues.json. */
export function newQueue(clock, properties = {}) {
  const settings = queueSettings(properties);
  const letters = { ...settings, requiresSession: false, maxDeliveryCount: Infinity, duplicateWindow_ms: 0 };
  const deadLetters = new Queue('q/$DeadLetterQueue', { ...letters, timeToLive_ms: Infinity }, clock);
  return new Queue('q', settings, clock, deadLetters);
}

/** A consumer that keeps what it gets. */
export class Consumer {
  received = [];
  lost = null;

  constructor(credit, { deletes = false } = {}) {
    this.left = credit;
    this.deletes = deletes;
    this.owner = this;
  }

  credit() {
    return this.left;
  }

  deliver(message, lock) {
    this.left -= 1;
    this.received.push({ message, token: lock?.token, until_ms: lock?.until_ms });
  }

  onSessionLost(error) {
    this.lost = error;
  }

  get bodies() {
    return this.received.map(({ message }) => message.content);
  }
}

export const message = (content, fields = {}) => new Message({ content, ...fields });

/** A consumer with credit, attached to a queue without sessions. */
export function attached(queue, credit, options) {
  const consumer = new Consumer(credit, options);
  queue.attach(consumer);
  queue.wake(consumer);
  return consumer;
}

/** A consumer that asked for a session; `error` says why it has none. */
export function inSession(queue, id, credit = 100, timeout_ms = 1000) {
  const consumer = new Consumer(credit);
  consumer.cancel = queue.acceptSession(id, consumer, timeout_ms, (error) => {
    consumer.error = error;
    consumer.isAnswered = true;
    queue.wake(consumer);
  });
  return consumer;
}
