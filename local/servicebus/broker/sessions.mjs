import { MessageGroup } from './group.mjs';
import { sessionCannotBeLocked, sessionLockLost, timedOut } from './errors.mjs';

/** The sessions of a queue: who holds which, and who waits for the next one that has messages. */
export class Sessions {
  #groups = new Map();
  #ready = new Set();
  #waiting = new Set();
  #clock;
  #lock_ms;
  #hooks;

  /**
   * @param clock the environment of the broker: now, timeline, random, faults
   * @param lock_ms how long a session lock lasts
   * @param hooks onReleased(group) gives back the messages locked with the session; onLost() counts
   */
  constructor(clock, lock_ms, hooks) {
    this.#clock = clock;
    this.#lock_ms = lock_ms;
    this.#hooks = hooks;
  }

  get all() {
    return this.#groups.values();
  }

  find(id) {
    return this.#groups.get(id);
  }

  /** The group of a session; made when it does not exist. */
  open(id) {
    const group = this.#groups.get(id) ?? new MessageGroup(id);
    this.#groups.set(id, group);
    return group;
  }

  /**
   * Locks a session for a consumer: the one named, or with id null the next that has messages.
   *
   * @param done (error, group) => void: now, or when a session became available, or at the time-out
   * @returns a function that stops waiting
   */
  accept(id, consumer, timeout_ms, done) {
    const waiter = { consumer, done, timer: null };
    if (id !== null) this.#acceptNamed(id, waiter);
    else if (this.#ready.size > 0) this.#serve(waiter, this.#pick());
    else this.#wait(waiter, timeout_ms);
    return () => this.#stopWaiting(waiter);
  }

  /** Keeps the books after a group got or lost messages, or its holder. */
  update(group) {
    if (group.holder || !group.first) this.#ready.delete(group);
    else this.#announce(group);
    if (group.isIdle) this.#groups.delete(group.id);
  }

  /** The session, when this owner (a connection) holds its lock. Raises session-lock-lost otherwise. */
  held(id, owner) {
    this.#clock.catchUp();
    const group = this.#groups.get(id);
    if (!group?.holder || group.holder.owner !== owner) throw sessionLockLost(id);
    return group;
  }

  /** Keeps a state (bytes) with a session; null removes it. */
  setState(group, state) {
    group.state = state;
    group.stateChanged_ms = this.#clock.now();
  }

  /** Ids of the sessions with messages or a state; with a time (ms), those whose state changed since. */
  list(since_ms) {
    const isListed = (group) =>
      since_ms === null
        ? group.index.size > 0 || group.state !== null
        : group.state !== null && group.stateChanged_ms > since_ms;
    return [...this.all].filter(isListed).map((group) => group.id);
  }

  /** Extends the lock of a held session; the new end in ms since the epoch. */
  renew(group) {
    this.#clock.timeline.cancel(group.lockTimer);
    group.lockedUntil_ms = this.#clock.now() + this.#lock_ms;
    group.lockTimer = this.#clock.timeline.at(group.lockedUntil_ms, (lost) => this.lose(lost), group);
    return group.lockedUntil_ms;
  }

  /** Ends the lock because its holder left. */
  release(group) {
    this.#clock.timeline.cancel(group.lockTimer);
    const { holder } = group;
    group.leave(holder);
    holder.group = undefined;
    group.lockedUntil_ms = null;
    this.#hooks.onReleased(group);
    this.update(group);
  }

  /** Ends the lock although the holder is still there, and tells it. */
  lose(group) {
    this.#hooks.onLost();
    group.holder.onSessionLost(sessionLockLost(group.id));
    this.release(group);
  }

  #acceptNamed(id, waiter) {
    const group = this.open(id);
    if (group.holder) waiter.done(sessionCannotBeLocked(id));
    else this.#serve(waiter, group);
  }

  #serve(waiter, group) {
    this.#stopWaiting(waiter);
    this.#ready.delete(group);
    group.join(waiter.consumer);
    this.renew(group);
    waiter.done(null, group);
  }

  #pick() {
    const ready = this.#clock.faults.reorderSessions ? [...this.#ready] : [this.#ready.values().next().value];
    return ready[Math.floor(this.#clock.random() * ready.length)];
  }

  #wait(waiter, timeout_ms) {
    this.#waiting.add(waiter);
    waiter.timer = this.#clock.timeline.at(this.#clock.now() + timeout_ms, (late) => this.#giveUp(late), waiter);
  }

  #giveUp(waiter) {
    this.#waiting.delete(waiter);
    waiter.done(timedOut());
  }

  #stopWaiting(waiter) {
    this.#waiting.delete(waiter);
    this.#clock.timeline.cancel(waiter.timer);
  }

  #announce(group) {
    const [waiter] = this.#waiting;
    if (waiter) this.#serve(waiter, group);
    else this.#ready.add(group);
  }
}
