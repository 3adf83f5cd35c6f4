const isCounts = (value) =>
  isObject(value) && Object.values(value).every((count) => Number.isInteger(count) && count >= 0);
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * The faults by name: `drop_connections` and `lose_session_locks` happen once; `reorder_sessions`,
 * `duplicate_delivery_rate` and `refuse_connections_s` last. `unanswered_sends` names queues and how many of
 * the next sends to each are kept, and never answered.
 */
const KNOWN = {
  drop_connections: (value) => typeof value === 'boolean',
  lose_session_locks: (value) => typeof value === 'boolean',
  reorder_sessions: (value) => typeof value === 'boolean',
  duplicate_delivery_rate: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  unanswered_sends: isCounts,
  refuse_connections_s: (value) => typeof value === 'number' && value >= 0,
};

/** Faults on purpose: some happen once when they are set, the others last until they are cleared. */
export class Faults {
  #namespace;
  #listener;

  constructor(namespace, listener) {
    this.#namespace = namespace;
    this.#listener = listener;
  }

  /** The faults that last. */
  get active() {
    const { duplicateDeliveryRate, reorderSessions } = this.#namespace.faults;
    return {
      duplicate_delivery_rate: duplicateDeliveryRate,
      reorder_sessions: reorderSessions,
      unanswered_sends: this.#unansweredSends(),
      refuse_connections_s: this.#listener.refused_s,
    };
  }

  /**
   * Sets the faults of a plan; an empty plan clears all. Says what happened at once:
   * { connections_dropped, session_locks_lost }. Throws an Error naming a field that is wrong.
   */
  apply(plan) {
    validate(plan);
    const silent = Object.entries(plan.unanswered_sends ?? {}).map(([name, n]) => [this.#namespace.find(name), n]);
    if (Object.keys(plan).length === 0) this.#clear();
    const { faults } = this.#namespace;
    faults.duplicateDeliveryRate = plan.duplicate_delivery_rate ?? faults.duplicateDeliveryRate;
    faults.reorderSessions = plan.reorder_sessions ?? faults.reorderSessions;
    silent.forEach(([queue, count]) => (queue.unanswered = count));
    if (plan.refuse_connections_s !== undefined) this.#listener.refuse(plan.refuse_connections_s);
    return {
      session_locks_lost: plan.lose_session_locks ? this.#loseSessionLocks() : 0,
      connections_dropped: plan.drop_connections ? this.#listener.drop() : 0,
    };
  }

  #clear() {
    Object.assign(this.#namespace.faults, { duplicateDeliveryRate: 0, reorderSessions: false });
    this.#namespace.queues.forEach((queue) => (queue.unanswered = 0));
    this.#listener.refuse(0);
  }

  #unansweredSends() {
    const silent = this.#namespace.queues.filter(({ unanswered }) => unanswered > 0);
    return Object.fromEntries(silent.map(({ name, unanswered }) => [name, unanswered]));
  }

  #loseSessionLocks() {
    return this.#namespace.queues.reduce((lost, queue) => lost + queue.loseSessionLocks(), 0);
  }
}

function validate(plan) {
  if (!isObject(plan)) throw new Error('a JSON object is needed');
  for (const [name, value] of Object.entries(plan)) {
    if (!(name in KNOWN)) throw new Error(`unknown fault '${name}': there are ${Object.keys(KNOWN).join(', ')}`);
    if (!KNOWN[name](value)) throw new Error(`the value of '${name}' is not valid: ${JSON.stringify(value)}`);
  }
}
