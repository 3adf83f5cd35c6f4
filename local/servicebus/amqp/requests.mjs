import { answerAttach, settle } from './answers.mjs';
import { parseAddress } from './address.mjs';
import { CreditedLink } from './credited.mjs';

const UNSETTLED = 0;
const OUTCOMES = ['accepted', 'released', 'rejected', 'modified', 'settled'];

/** A link on which a client takes answers to its requests. */
export class ReplyLink {
  #credited;
  #isUnsettled;
  #waiting = [];

  constructor(link) {
    this.link = link;
    this.#credited = new CreditedLink(link);
    this.#isUnsettled = link.snd_settle_mode === UNSETTLED;
    answerAttach(link);
    link.on('sender_flow', () => this.#flush());
    link.on('sender_draining', () => this.#credited.drain());
    OUTCOMES.forEach((name) => link.on(name, ({ delivery }) => settle(delivery, delivery.remote_state?.described())));
  }

  /** Whether the answers to requests belong here that are sent in a session to this address. */
  serves(session, address) {
    return this.link.session === session && nodeOf(this.link.source.address) === nodeOf(address);
  }

  send(message) {
    this.#waiting.push(message);
    this.#flush();
  }

  #flush() {
    while (this.#waiting.length > 0 && this.#credited.credit() > 0) {
      const delivery = this.#credited.send(this.#waiting.shift());
      if (!this.#isUnsettled) delivery.settled = true;
    }
  }
}

function nodeOf(address) {
  const { entity, isManagement } = parseAddress(address);
  return `${entity.toLowerCase()} ${isManagement}`;
}

/**
 * A link on which a client sends requests. Each is answered by `answer(request)`, a message without
 * a correlation id, on the reply link that `findReply(request)` returns.
 */
export function bindRequests(rhea, link, answer, findReply) {
  answerAttach(link);
  link.on('message', ({ message, delivery }) => {
    const request = Object.assign(rhea.message.decode(message), { encoded: message });
    settle(delivery, rhea.message.accepted().described());
    findReply(request)?.send({ ...answer(request), correlation_id: request.message_id });
  });
}
