import { BrokerError, argumentError, notImplemented } from './broker/errors.mjs';
import { decodeMessage, encodeMessage } from './amqp/codec.mjs';
import { changesUnder } from './amqp/changes.mjs';
import { sections } from './amqp/scan.mjs';
import { bytesOf, tokenOf } from './amqp/tokens.mjs';
import { MAX_MESSAGE_BYTES } from './amqp/producer.mjs';

const ANY_TIME_MS = 253_402_300_800_000;
const OUTCOMES = { completed: 'complete', abandoned: 'abandon', defered: 'defer', suspended: 'deadLetter' };
const OK = { status: 200, message: 'OK' };
const NO_CONTENT = { status: 204, message: 'No content' };
const DELETES = 0;
const TIMESTAMP = 0x83;
const LONG = 0x81;
const STRING = 0xb1;
const AMQP_VALUE = 0x77;

/**
 * The operations of the $management links: (request, entity, owner) => answer message.
 *
 * @param types rhea.types, which say how a value is encoded
 * @param owner the connection that asks; only the holder of a session may work on it
 */
export function createManagement(types, namespace) {
  const operations = { ...lockOperations(types), ...messageOperations(types), ...sessionOperations(types) };
  return (request, entity, owner) => {
    try {
      const { operation } = request.application_properties ?? {};
      const run = operations[operation];
      if (!run) throw notImplemented(operation);
      const body = run(namespace.find(entity), request.body ?? {}, owner, request.encoded);
      return answer(types, body === null ? NO_CONTENT : OK, body ?? {});
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      return answer(types, error, {});
    }
  };
}

/** Clients cast: the status to an int, the condition to a symbol. */
function answer(types, { status, message, condition }, body) {
  const properties = { statusCode: types.wrap_int(status), statusDescription: message };
  if (condition) properties.errorCondition = types.wrap_symbol(condition);
  return { application_properties: properties, body };
}

function lockOperations(types) {
  return {
    'com.microsoft:renew-lock': (queue, body) => {
      const ends_ms = tokensIn(body).map((token) => queue.renewLock(token));
      return { expirations: types.wrap_array(ends_ms, TIMESTAMP) };
    },
    'com.microsoft:renew-session-lock': (queue, body, owner) => {
      const group = queue.sessions.held(body['session-id'], owner);
      return { expiration: types.wrap_timestamp(queue.sessions.renew(group)) };
    },
    'com.microsoft:update-disposition': (queue, body, owner, encoded) => {
      const outcome = OUTCOMES[body['disposition-status']];
      if (!outcome) throw argumentError(`Unknown disposition-status '${body['disposition-status']}'.`);
      const details = {
        reason: body['deadletter-reason'],
        description: body['deadletter-description'],
        changes: changesAsked(encoded),
        sessionId: body['session-id'] ?? null,
      };
      tokensIn(body).forEach((token) => queue.settle(token, outcome, details));
      return {};
    },
  };
}

function messageOperations(types) {
  return {
    'com.microsoft:schedule-message': (queue, body) => {
      const messages = (body.messages ?? []).map(({ message }) => decodeMessage(message));
      return { 'sequence-numbers': types.wrap_array(queue.send(messages), LONG) };
    },
    'com.microsoft:cancel-scheduled-message': (queue, body) => {
      queue.cancelScheduled(body['sequence-numbers'] ?? []);
      return {};
    },
    'com.microsoft:peek-message': (queue, body) => {
      const { 'from-sequence-number': from = 0, 'message-count': count = 1, 'session-id': id = null } = body;
      const messages = withinSize(queue.peek(from, count, id).map((message) => encodeMessage(message)));
      return messages.length === 0 ? null : { messages: messages.map((message) => ({ message })) };
    },
    'com.microsoft:receive-by-sequence-number': (queue, body, owner) => {
      const received = queue.receiveDeferred(body['sequence-numbers'] ?? [], {
        sessionId: body['session-id'] ?? null,
        owner,
        deletes: body['receiver-settle-mode'] === DELETES,
      });
      return { messages: received.map((one) => receivedEntry(types, one)) };
    },
  };
}

function sessionOperations(types) {
  return {
    'com.microsoft:get-session-state': (queue, body, owner) => ({
      'session-state': queue.sessions.held(body['session-id'], owner).state,
    }),
    'com.microsoft:set-session-state': (queue, body, owner) => {
      queue.sessions.setState(queue.sessions.held(body['session-id'], owner), body['session-state'] ?? null);
      return {};
    },
    'com.microsoft:get-message-sessions': (queue, body) => {
      const { skip = 0, top = 100 } = body;
      const ids = queue.sessions.list(sinceTime_ms(body['last-updated-time'])).slice(skip, skip + top);
      if (ids.length === 0) return null;
      return { skip: types.wrap_int(skip + ids.length), 'sessions-ids': types.wrap_array(ids, STRING) };
    },
  };
}

/** The time in ms since the epoch, or null for the end of time, which means any. */
function sinceTime_ms(value) {
  const time_ms = Number(value ?? ANY_TIME_MS);
  return time_ms >= ANY_TIME_MS ? null : time_ms;
}

/** The properties to modify, from the encoding of a request: decoded they have lost their types. */
function changesAsked(encoded) {
  const body = sections(encoded).find(({ code }) => code === AMQP_VALUE);
  return changesUnder(encoded, body.value, 'properties-to-modify');
}

const tokensIn = (body) => (body['lock-tokens'] ?? []).map(tokenOf);

function receivedEntry(types, { message, lock }) {
  if (!lock) return { message: encodeMessage(message) };
  const token = bytesOf(lock.token);
  return { 'lock-token': types.wrap_uuid(token), message: encodeMessage(message, lock.until_ms, token) };
}

/** The first messages that together fit into one answer; at least one. */
function withinSize(messages) {
  let size_bytes = 0;
  const fits = (message) => (size_bytes += message.length) <= 4 * MAX_MESSAGE_BYTES;
  return messages.filter((message, i) => fits(message) || i === 0);
}
