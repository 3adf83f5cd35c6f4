import { messageNotFound, notAllowed } from './errors.mjs';
import { DuplicateWindow } from './duplicates.mjs';
import { Flow } from './flow.mjs';

/**
 * The semantics of one queue, without network and with an injected clock.
 *
 * A consumer is { owner, deletes, credit(), deliver(message, lock), onSessionLost(error) }; with
 * `deletes` a message is gone when delivered and its lock is null.
 */
export class Queue {
  #clock;
  #duplicates;
  #flow;
  /** A fault: how many of the next sends are taken and never answered. */
  unanswered = 0;

  /**
   * @param settings lock_ms, maxDeliveryCount, requiresSession, duplicateWindow_ms (0: none),
   *   timeToLive_ms, deadLettersExpired
   * @param clock now(), timeline, random(), uuid(), faults
   * @param deadLetters the queue that takes dead letters; null for a dead-letter queue itself
   */
  constructor(name, settings, clock, deadLetters = null) {
    this.name = name;
    this.settings = settings;
    this.deadLetters = deadLetters;
    this.#clock = clock;
    this.#duplicates = new DuplicateWindow(settings.duplicateWindow_ms);
    this.#flow = new Flow(this, clock);
  }

  /** Messages by state, dead letters, and what happened since the start or the last purge. */
  get stats() {
    return { ...this.#flow.store.counts, dead_letter: this.deadLetters?.size ?? 0, ...this.#flow.counters };
  }

  /** How many messages there are, in all states. */
  get size() {
    return this.#flow.store.size;
  }

  get sessions() {
    return this.#flow.sessions;
  }

  /** Takes messages, all or none; their sequence numbers. Raises not-allowed without a session id. */
  send(messages) {
    if (this.settings.requiresSession && messages.some((message) => message.sessionId === null)) {
      throw notAllowed(`The SessionId was not set on a message, and queue '${this.name}' requires sessions.`);
    }
    return messages.map((message) => this.#admit(message));
  }

  /** Whether the send that was just taken gets no answer; counts it. */
  leavesUnanswered() {
    if (this.unanswered === 0) return false;
    this.unanswered -= 1;
    return true;
  }

  /** Takes scheduled messages back. Raises message-not-found, and then takes none. */
  cancelScheduled(sequences) {
    this.#flow.store.inState('scheduled', sequences).forEach((message) => this.#flow.remove(message));
  }

  /** Up to `count` messages from a sequence number on, in any state, of one session or of all. */
  peek(from, count, sessionId = null) {
    const group = sessionId === null ? null : this.sessions.find(sessionId);
    return group === undefined ? [] : this.#flow.store.peek(from, count, group);
  }

  /** Lets a consumer compete for the messages of a queue without sessions. */
  attach(consumer) {
    consumer.group = this.#flow.lobby;
    consumer.group.join(consumer);
  }

  /** Locks a session for a consumer; see Sessions.accept. */
  acceptSession(id, consumer, timeout_ms, done) {
    return this.sessions.accept(id, consumer, timeout_ms, (error, group) => {
      consumer.group = group;
      done(error);
    });
  }

  /** Hands out what a consumer that has new credit may take. */
  wake(consumer) {
    if (consumer.group) this.#flow.dispatch(consumer.group);
  }

  /** Removes a consumer: its session becomes free; locks on single messages stay until they end. */
  detach(consumer) {
    const { group } = consumer;
    consumer.group = undefined;
    if (group?.holder === consumer) this.sessions.release(group);
    else group?.leave(consumer);
  }

  /** Locks deferred messages, or removes them when `deletes`: [{ message, lock }]. */
  receiveDeferred(sequences, { sessionId = null, owner = null, deletes = false }) {
    if (this.settings.requiresSession) this.sessions.held(sessionId, owner);
    const messages = this.#flow.store.inState('deferred', sequences);
    if (messages.some((message) => message.group.id !== sessionId)) throw messageNotFound(sequences);
    return messages.map((message) => ({ message, lock: this.#flow.hold(message, deletes) }));
  }

  /**
   * Ends the lock of a token: complete, abandon, release (abandon without counting a delivery),
   * defer, or deadLetter with { reason, description }; `changes` are properties that the message has from now
   * on. Raises the lock-lost errors.
   */
  settle(token, outcome, { reason, description, changes = new Map(), sessionId = null } = {}) {
    const lock = this.#flow.locks.find(token, sessionId);
    if (outcome === 'deadLetter' && !this.deadLetters) throw notAllowed('A dead letter cannot be dead-lettered.');
    this.#flow.locks.drop(lock);
    lock.message.change(changes);
    this.#flow.end(lock.message, outcome, reason, description);
  }

  /** Extends the lock on a message; its new end in ms since the epoch. Raises message-lock-lost. */
  renewLock(token) {
    return this.#flow.locks.renew(token);
  }

  /** Takes a message that was dead-lettered in the queue this one belongs to. */
  arrive(message) {
    this.#flow.arrive(message);
  }

  /** Ends all session locks now, as when the service moves the entity; how many there were. */
  loseSessionLocks() {
    const held = [...this.sessions.all].filter((group) => group.holder);
    held.forEach((group) => this.sessions.lose(group));
    return held.length;
  }

  /** Forgets all messages, session states, message ids and counters; receivers stay. */
  purge() {
    this.#flow.clear();
    this.#duplicates.clear();
    this.deadLetters?.purge();
  }

  #admit(message) {
    if (this.#isDuplicate(message)) this.#drop(message);
    else if (message.enqueueAt_ms > this.#clock.now()) this.#flow.schedule(message);
    else this.#flow.enqueue(message);
    return message.sequence;
  }

  #isDuplicate({ messageId }) {
    const isDetecting = this.settings.duplicateWindow_ms > 0 && messageId !== null;
    return isDetecting && this.#duplicates.isDuplicate(messageId, this.#clock.now());
  }

  #drop(message) {
    this.#flow.store.number(message);
    this.#flow.counters.duplicates_dropped += 1;
  }
}
