import { argumentError } from './errors.mjs';
import { LockTable } from './locks.mjs';
import { MessageGroup } from './group.mjs';
import { MessageStore } from './store.mjs';
import { Sessions } from './sessions.mjs';

const newCounters = () => ({ duplicates_dropped: 0, completed: 0, lock_lost: 0, delivered: 0 });

/**
 * How messages move in one queue: scheduled to active, to a consumer under a lock, and from there
 * out, back, aside or to the dead letters. `queue` gives settings and deadLetters.
 */
export class Flow {
  #queue;
  #clock;
  lobby = new MessageGroup(null);
  store = new MessageStore();
  counters = newCounters();

  constructor(queue, clock) {
    this.#queue = queue;
    this.#clock = clock;
    const { lock_ms } = queue.settings;
    this.locks = new LockTable(clock, lock_ms, (lock) => this.#onLockExpired(lock));
    this.sessions = new Sessions(clock, lock_ms, {
      onLost: () => this.#countLostLock(),
      onReleased: (group) => this.#returnAll(group),
    });
  }

  /** Keeps a message until its time has come. */
  schedule(message) {
    this.store.add(message, this.#groupOf(message));
    this.store.move(message, 'scheduled');
    message.timer = this.#clock.timeline.at(message.enqueueAt_ms, (due) => this.#unschedule(due), message);
  }

  /** Makes a message available; its time to live begins. */
  enqueue(message) {
    this.store.add(message, this.#groupOf(message));
    message.enqueuedAt_ms = this.#clock.now();
    message.timeToLive_ms = Math.min(message.timeToLive_ms, this.#queue.settings.timeToLive_ms);
    if (message.timeToLive_ms !== Infinity) this.#planExpiry(message);
    this.#offer(message);
  }

  /** Makes a dead letter available. */
  arrive(message) {
    this.store.add(message, this.#groupOf(message));
    this.#offer(message);
  }

  remove(message) {
    this.#clock.timeline.cancel(message.timer);
    this.store.remove(message);
    this.#update(message.group);
  }

  /** Hands the messages of a group to consumers as long as there are both. */
  dispatch(group) {
    while (group.first) {
      const consumer = group.nextConsumer();
      if (!consumer) break;
      this.#hand(group.take(), consumer);
    }
    this.#update(group);
  }

  /** Locks a message; with `deletes` it is complete at once and there is no lock: null. */
  hold(message, deletes) {
    this.store.move(message, 'locked');
    if (!deletes) return this.locks.take(message);
    this.#complete(message);
    return null;
  }

  /** What an outcome does to a message whose lock has ended. */
  end(message, outcome, reason, description) {
    if (outcome === 'complete') this.#complete(message);
    else if (outcome === 'abandon') this.#giveBack(message, 1);
    else if (outcome === 'release') this.#giveBack(message, 0);
    else if (outcome === 'defer') this.#defer(message);
    else if (outcome === 'deadLetter') this.#bury(message, reason, description);
    else throw argumentError(`Unknown outcome '${outcome}'.`);
  }

  /** Forgets messages, session states and counters. */
  clear() {
    this.locks.clear();
    for (const message of this.store.all) this.#clock.timeline.cancel(message.timer);
    for (const group of [...this.sessions.all, this.lobby]) {
      group.clear();
      this.#update(group);
    }
    this.store.clear();
    this.counters = newCounters();
  }

  #groupOf(message) {
    return this.#queue.settings.requiresSession ? this.sessions.open(message.sessionId) : this.lobby;
  }

  #update(group) {
    if (group.id !== null) this.sessions.update(group);
  }

  #unschedule(message) {
    this.remove(message);
    this.enqueue(message);
  }

  #planExpiry(message) {
    const at_ms = message.enqueuedAt_ms + message.timeToLive_ms;
    message.timer = this.#clock.timeline.at(at_ms, (late) => this.#onExpired(late), message);
  }

  #offer(message) {
    this.store.move(message, 'active');
    message.group.offer(message);
    this.dispatch(message.group);
  }

  #hand(message, consumer) {
    this.counters.delivered += 1;
    consumer.deliver(message, this.hold(message, consumer.deletes));
  }

  #complete(message) {
    if (this.#isToBeRepeated(message)) {
      this.#repeat(message);
      return;
    }
    this.counters.completed += 1;
    this.remove(message);
  }

  #isToBeRepeated(message) {
    const canRepeat = this.#queue.deadLetters !== null && !message.isRepeated;
    return canRepeat && this.#clock.random() < this.#clock.faults.duplicateDeliveryRate;
  }

  #repeat(message) {
    message.isRepeated = true;
    message.deliveryCount += 1;
    this.#putBack(message);
  }

  #defer(message) {
    message.isDeferred = true;
    this.#putBack(message);
  }

  #giveBack(message, failures) {
    message.deliveryCount += failures;
    const limit = this.#queue.settings.maxDeliveryCount;
    if (message.deliveryCount < limit) this.#putBack(message);
    else this.#bury(message, 'MaxDeliveryCountExceeded', `Not consumed after ${limit} delivery attempts.`);
  }

  #putBack(message) {
    if (message.isExpired) this.#expire(message);
    else if (message.isDeferred) this.store.move(message, 'deferred');
    else this.#offer(message);
  }

  #countLostLock() {
    this.counters.lock_lost += 1;
  }

  #onLockExpired({ message }) {
    this.#countLostLock();
    this.#giveBack(message, 1);
  }

  #returnAll(group) {
    const locks = [...group.locks];
    locks.forEach((lock) => this.locks.drop(lock));
    locks.forEach((lock) => this.#giveBack(lock.message, 1));
  }

  #onExpired(message) {
    message.isExpired = true;
    if (message.state !== 'locked') this.#expire(message);
  }

  #expire(message) {
    if (this.#queue.settings.deadLettersExpired) this.#bury(message, 'TTLExpiredException', 'The message expired.');
    else this.remove(message);
  }

  #bury(message, reason, description) {
    this.remove(message);
    message.deadLetter = { reason, description, sequence: message.sequence };
    message.isExpired = false;
    message.isDeferred = false;
    this.#queue.deadLetters.arrive(message);
  }
}
