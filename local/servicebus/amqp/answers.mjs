/** What the broker answers to clients: to attaches, to deliveries, and in words. */

const ACCEPTED = 0x24;

/**
 * Answers the attach of a client as it asked: the addresses, and the settle modes of both sides. A client gives
 * a link up, or settles its messages wrongly, when the modes are not those it asked for.
 *
 * @param link a rhea link
 * @param filter the filter of the source, where the link has one
 */
export function answerAttach(link, filter = undefined) {
  const { source, target, snd_settle_mode, rcv_settle_mode } = link;
  link.set_source({ address: source?.address, filter });
  link.set_target({ address: target?.address });
  Object.assign(link.local.attach, { snd_settle_mode, rcv_settle_mode });
}

/**
 * Settles a delivery with a state (described), or without one. A client that asked for the second receiver
 * settle mode is not waited for: azure-servicebus asks for it and waits for this.
 */
export function settle(delivery, state) {
  delivery.update(isAccepted(state) ? true : settledAlone(), state);
}

/**
 * A BrokerError as an AMQP error. The info is empty but there: azure-servicebus reads the third field
 * of an error without looking whether it exists.
 */
export function amqpError({ condition, message }) {
  return { condition, description: message, info: {} };
}

/**
 * rhea writes the answers to neighbours as one disposition that has the state of the first, as long as their
 * `settled` are the same: a refused message would be told that it was accepted. Two objects are never the same,
 * so every answer but "accepted" goes out on its own.
 */
const settledAlone = () => Object(true);

const isAccepted = (state) => Number(state?.descriptor?.value) === ACCEPTED;
