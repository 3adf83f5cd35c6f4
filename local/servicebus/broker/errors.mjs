/** A refusal that the client is told: an AMQP error condition and, on management links, a status. */
export class BrokerError extends Error {
  constructor(condition, status, description) {
    super(description);
    this.condition = condition;
    this.status = status;
  }
}

export const messageLockLost = () =>
  new BrokerError(
    'com.microsoft:message-lock-lost',
    410,
    'The lock supplied is invalid: it expired, or the message has already been removed from the queue.',
  );

export const sessionLockLost = (id) =>
  new BrokerError(
    'com.microsoft:session-lock-lost',
    410,
    `The lock of session '${id}' expired or was lost. Accept the session again.`,
  );

export const sessionCannotBeLocked = (id) =>
  new BrokerError(
    'com.microsoft:session-cannot-be-locked',
    409,
    `The requested session '${id}' cannot be accepted: it is locked by another receiver.`,
  );

export const entityNotFound = (address) =>
  new BrokerError('amqp:not-found', 404, `The messaging entity '${address}' could not be found.`);

export const messageNotFound = (sequences) =>
  new BrokerError(
    'com.microsoft:message-not-found',
    404,
    `No message with sequence number ${sequences} is in the state that this operation needs.`,
  );

export const notAllowed = (description) => new BrokerError('amqp:not-allowed', 400, description);

export const argumentError = (description) =>
  new BrokerError('com.microsoft:argument-error', 400, description);

export const timedOut = () =>
  new BrokerError(
    'com.microsoft:timeout',
    408,
    'The operation did not complete within the allotted time: no session became available.',
  );

export const sizeExceeded = (size_bytes, limit_bytes) =>
  new BrokerError(
    'amqp:link:message-size-exceeded',
    400,
    `The message of ${size_bytes} bytes is larger than the limit of ${limit_bytes} bytes.`,
  );

export const decodeError = (reason) =>
  new BrokerError('amqp:decode-error', 400, `The message cannot be decoded: ${reason}.`);

export const notImplemented = (operation) =>
  new BrokerError('amqp:not-implemented', 501, `The operation '${operation}' is not supported.`);
