const KNOWN = {
  drop_connections: (value) => typeof value === 'boolean',
  lose_session_locks: (value) => typeof value === 'boolean',
  reorder_sessions: (value) => typeof value === 'boolean',
  duplicate_delivery_rate: (value) => typeof value === 'number' && value >= 0 && value <= 1,
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
      refuse_connections_s: this.#listener.refused_s,
    };
  }

  /**
   * Sets the faults of a plan; an empty plan clears all. Says what happened at once:
   * { connections_dropped, session_locks_lost }. Throws an Error naming a field that is wrong.
   */
  apply(plan) {
    validate(plan);
    if (Object.keys(plan).length === 0) this.#clear();
    const { faults } = this.#namespace;
    faults.duplicateDeliveryRate = plan.duplicate_delivery_rate ?? faults.duplicateDeliveryRate;
    faults.reorderSessions = plan.reorder_sessions ?? faults.reorderSessions;
    if (plan.refuse_connections_s !== undefined) this.#listener.refuse(plan.refuse_connections_s);
    return {
      session_locks_lost: plan.lose_session_locks ? this.#loseSessionLocks() : 0,
      connections_dropped: plan.drop_connections ? this.#listener.drop() : 0,
    };
  }

  #clear() {
    Object.assign(this.#namespace.faults, { duplicateDeliveryRate: 0, reorderSessions: false });
    this.#listener.refuse(0);
  }

  #loseSessionLocks() {
    return this.#namespace.queues.reduce((lost, queue) => lost + queue.loseSessionLocks(), 0);
  }
}

function validate(plan) {
  if (plan === null || typeof plan !== 'object' || Array.isArray(plan)) throw new Error('a JSON object is needed');
  for (const [name, value] of Object.entries(plan)) {
    if (!(name in KNOWN)) throw new Error(`unknown fault '${name}': there are ${Object.keys(KNOWN).join(', ')}`);
    if (!KNOWN[name](value)) throw new Error(`the value of '${name}' is not valid: ${JSON.stringify(value)}`);
  }
}
