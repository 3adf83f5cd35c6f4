import { messageLockLost, sessionLockLost } from './errors.mjs';

/**
 * The locks on messages, by token. In a queue with sessions the lock of the session counts, so
 * only locks elsewhere have an end of their own.
 */
export class LockTable {
  #locks = new Map();
  #clock;
  #lock_ms;
  #onExpired;

  /** @param onExpired (lock) => void: gives the message back */
  constructor(clock, lock_ms, onExpired) {
    this.#clock = clock;
    this.#lock_ms = lock_ms;
    this.#onExpired = onExpired;
  }

  take(message) {
    const { group } = message;
    const lock = { token: this.#clock.uuid(), message, group, until_ms: 0, timer: null };
    this.#locks.set(lock.token, lock);
    group.locks.add(lock);
    this.#extend(lock);
    return lock;
  }

  /** The lock of a token. Raises session-lock-lost or message-lock-lost when it no longer exists. */
  find(token, sessionId = null) {
    this.#clock.catchUp();
    const lock = this.#locks.get(token);
    if (lock) return lock;
    throw sessionId === null ? messageLockLost() : sessionLockLost(sessionId);
  }

  /** Extends the lock on a message; its new end in ms since the epoch. */
  renew(token) {
    const lock = this.find(token);
    this.#clock.timeline.cancel(lock.timer);
    this.#extend(lock);
    return lock.until_ms;
  }

  drop(lock) {
    this.#clock.timeline.cancel(lock.timer);
    this.#locks.delete(lock.token);
    lock.group.locks.delete(lock);
  }

  clear() {
    for (const lock of this.#locks.values()) this.drop(lock);
  }

  #extend(lock) {
    const isSession = lock.group.id !== null;
    lock.until_ms = isSession ? lock.group.lockedUntil_ms : this.#clock.now() + this.#lock_ms;
    lock.timer = isSession ? null : this.#clock.timeline.at(lock.until_ms, (late) => this.#expire(late), lock);
  }

  #expire(lock) {
    this.drop(lock);
    this.#onExpired(lock);
  }
}
