/**
 * An outgoing link that counts its credit. rhea takes more messages than the link has credit for and
 * queues them, and such a message would block all other links of its session.
 */
export class CreditedLink {
  #link;
  #unsent = [];

  /** @param link a rhea sender */
  constructor(link) {
    this.#link = link;
  }

  /** How many messages may be sent now. */
  credit() {
    const { outgoing } = this.#link.session;
    const next = outgoing.next_pending_delivery;
    if (this.#unsent[0] < next) this.#unsent = this.#unsent.filter((id) => id >= next);
    return Math.min(this.#link.credit - this.#unsent.length, outgoing.available());
  }

  /**
   * Gives the credit back that nothing was sent for. With messages under way a client that asks for no
   * more credit has less than none, and rhea would count down from there for ever.
   */
  drain() {
    if (this.#link.credit > 0) this.#link.set_drained(true);
  }

  /** Sends a message, or with a format an encoded one; rhea's delivery. */
  send(message, tag, format) {
    const delivery = this.#link.send(message, tag, format);
    this.#unsent.push(delivery.id);
    return delivery;
  }
}
