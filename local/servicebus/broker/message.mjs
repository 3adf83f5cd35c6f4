/**
 * A message in a queue. `content` is what the AMQP layer needs to send it on; queues never look into it.
 * States: scheduled, active (waits for a consumer), locked, deferred, or null when it has left.
 */
export class Message {
  state = null;
  sequence = 0;
  group = null;
  timer = null;
  enqueuedAt_ms = 0;
  deliveryCount = 0;
  isExpired = false;
  isDeferred = false;
  isRepeated = false;
  deadLetter = null;
  changes = new Map();

  /**
   * @param fields.messageId string, or null for a message that is never looked for by its id
   * @param fields.sessionId string or null
   * @param fields.timeToLive_ms number, Infinity when the sender set none
   * @param fields.enqueueAt_ms time at which it may be received, 0 for at once
   */
  constructor({ messageId = null, sessionId = null, timeToLive_ms = Infinity, enqueueAt_ms = 0, content = null }) {
    this.messageId = messageId;
    this.sessionId = sessionId;
    this.timeToLive_ms = timeToLive_ms;
    this.enqueueAt_ms = enqueueAt_ms;
    this.content = content;
  }

  /** Keeps properties that a consumer wants changed; a Map, which queues never look into either. */
  change(properties) {
    for (const [name, value] of properties) this.changes.set(name, value);
  }
}
