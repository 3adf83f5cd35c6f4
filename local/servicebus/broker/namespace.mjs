import { randomUUID } from 'node:crypto';
import { Queue } from './queue.mjs';
import { Timeline } from './indexes/timeline.mjs';
import { entityNotFound } from './errors.mjs';

const MAX_TIMER_MS = 2 ** 31 - 1;
const DEAD_LETTERS = /\/\$deadletterqueue$/i;

/** All queues of the emulator, on one clock with one timer. */
export class Namespace {
  #queues = new Map();
  #timer = null;
  faults = { duplicateDeliveryRate: 0, reorderSessions: false };

  /** @param queues [{ name, settings }] as config.mjs reads them */
  constructor(queues) {
    this.timeline = new Timeline();
    this.timeline.onSooner = (at_ms) => this.#arm(at_ms);
    this.now = Date.now;
    this.random = Math.random;
    this.uuid = randomUUID;
    queues.forEach(({ name, settings }) => this.#queues.set(name.toLowerCase(), this.#create(name, settings)));
  }

  get queues() {
    return [...this.#queues.values()];
  }

  /** The queue of an address such as queue or queue/$DeadLetterQueue. Raises not-found. */
  find(address) {
    const queue = this.#queues.get(address.replace(DEAD_LETTERS, '').toLowerCase());
    if (!queue) throw entityNotFound(address);
    return DEAD_LETTERS.test(address) ? queue.deadLetters : queue;
  }

  /** Counts of each queue by its name. */
  stats() {
    return Object.fromEntries(this.queues.map((queue) => [queue.name, queue.stats]));
  }

  purge() {
    this.queues.forEach((queue) => queue.purge());
  }

  stop() {
    clearTimeout(this.#timer);
    this.timeline.onSooner = () => {};
  }

  /** Does what is due by now: on a busy machine the timer comes late, and a lock ends when its time is over. */
  catchUp() {
    this.timeline.advance(Date.now());
  }

  #create(name, settings) {
    const keepsAll = {
      requiresSession: false,
      maxDeliveryCount: Infinity,
      duplicateWindow_ms: 0,
      timeToLive_ms: Infinity,
    };
    const deadLetters = new Queue(`${name}/$DeadLetterQueue`, { ...settings, ...keepsAll }, this);
    return new Queue(name, settings, this, deadLetters);
  }

  #arm(at_ms) {
    clearTimeout(this.#timer);
    const delay_ms = Math.min(Math.max(at_ms - Date.now(), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#advance(), delay_ms);
  }

  #advance() {
    this.catchUp();
    const next_ms = this.timeline.next_ms();
    if (next_ms !== null) this.#arm(next_ms);
  }
}
