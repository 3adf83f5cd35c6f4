import { sizeExceeded } from '../broker/errors.mjs';
import { amqpError, answerAttach, settle } from './answers.mjs';
import { decodeMessage, splitBatch } from './codec.mjs';

const BATCH_FORMAT = 0x80013700;

/** The largest message, and the largest batch, that the Standard tier takes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** A send link of a client: what it sends goes into a queue, or is rejected with the reason. */
export class Producer {
  #rhea;
  #queue;

  constructor(rhea, queue) {
    this.#rhea = rhea;
    this.#queue = queue;
  }

  /** Answers the attach of the client and takes its messages. */
  bind(link) {
    answerAttach(link);
    link.local.attach.max_message_size = MAX_MESSAGE_BYTES;
    link.local.attach.properties = { 'com.microsoft:max-message-batch-size': MAX_MESSAGE_BYTES };
    link.on('message', ({ message, delivery, format }) => this.#take(message, delivery, format));
  }

  #take(encoded, delivery, format) {
    const { message } = this.#rhea;
    try {
      this.#queue.send(decode(encoded, format));
      if (this.#queue.leavesUnanswered()) forget(delivery);
      else settle(delivery, message.accepted().described());
    } catch (error) {
      if (error.condition === undefined) throw error;
      settle(delivery, message.rejected({ error: amqpError(error) }).described());
    }
  }
}

/** Ends a delivery here without a word to the client. */
function forget(delivery) {
  delivery.settled = true;
}

function decode(encoded, format) {
  if (encoded.length > MAX_MESSAGE_BYTES) throw sizeExceeded(encoded.length, MAX_MESSAGE_BYTES);
  const messages = format === BATCH_FORMAT ? splitBatch(encoded) : [encoded];
  return messages.map(decodeMessage);
}
