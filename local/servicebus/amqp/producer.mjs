import { sizeExceeded } from '../broker/errors.mjs';
import { amqpError } from './refusal.mjs';
import { decodeMessage, splitBatch } from './codec.mjs';

const BATCH_FORMAT = 0x80013700;

/** The largest message, and the largest batch, that the Standard tier takes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** A send link of a client: what it sends goes into a queue, or is rejected with the reason. */
export class Producer {
  #queue;

  constructor(queue) {
    this.#queue = queue;
  }

  /** Answers the attach of the client and takes its messages. */
  bind(link) {
    link.set_source({ address: link.source?.address });
    link.set_target({ address: link.target.address });
    link.local.attach.max_message_size = MAX_MESSAGE_BYTES;
    link.local.attach.properties = { 'com.microsoft:max-message-batch-size': MAX_MESSAGE_BYTES };
    link.on('message', ({ message, delivery, format }) => this.#take(message, delivery, format));
  }

  #take(encoded, delivery, format) {
    try {
      this.#queue.send(decode(encoded, format));
      delivery.accept();
    } catch (error) {
      if (error.condition === undefined) throw error;
      delivery.reject(amqpError(error));
    }
  }
}

function decode(encoded, format) {
  if (encoded.length > MAX_MESSAGE_BYTES) throw sizeExceeded(encoded.length, MAX_MESSAGE_BYTES);
  const messages = format === BATCH_FORMAT ? splitBatch(encoded) : [encoded];
  return messages.map(decodeMessage);
}
