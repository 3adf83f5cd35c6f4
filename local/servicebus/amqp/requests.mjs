import { CreditedLink } from './credited.mjs';

const SETTLED = 1;

/** A link on which a client takes answers to its requests. */
export class ReplyLink {
  #credited;
  #waiting = [];

  constructor(link) {
    this.link = link;
    this.#credited = new CreditedLink(link);
    link.set_source({ address: link.source.address });
    link.set_target({ address: link.target?.address });
    link.local.attach.snd_settle_mode = SETTLED;
    link.on('sender_flow', () => this.#flush());
    link.on('sender_draining', () => this.#credited.drain());
  }

  send(message) {
    this.#waiting.push(message);
    this.#flush();
  }

  #flush() {
    while (this.#waiting.length > 0 && this.#credited.credit() > 0) this.#credited.send(this.#waiting.shift());
  }
}

/**
 * A link on which a client sends requests. Each is answered by `answer(request)`, a message without
 * a correlation id, on the reply link that `findReply(request)` returns.
 */
export function bindRequests(rhea, link, answer, findReply) {
  link.set_source({ address: link.source?.address });
  link.set_target({ address: link.target.address });
  link.on('message', ({ message, delivery }) => {
    const request = rhea.message.decode(message);
    delivery.accept();
    findReply(request)?.send({ ...answer(request), correlation_id: request.message_id });
  });
}
