import { randomUUID } from 'node:crypto';
import { Message } from '../broker/message.mjs';
import { decodeError, BrokerError } from '../broker/errors.mjs';
import { bytes, elements, scalar, sections, skip } from './scan.mjs';
import {
  annotationsSection,
  applicationPropertiesSection,
  encodedString,
  headerSection,
  lockTokenSection,
  propertiesSection,
} from './write.mjs';

const HEADER = 0x70;
const MESSAGE_ANNOTATIONS = 0x72;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;
const SCHEDULED = 'x-opt-scheduled-enqueue-time';
/** What the broker itself writes; a client that forwards a message may have it still. */
const BROKER_ANNOTATIONS = new Set([
  'x-opt-enqueued-time',
  'x-opt-sequence-number',
  'x-opt-enqueue-sequence-number',
  'x-opt-locked-until',
  'x-opt-message-state',
]);
const STATE_NUMBERS = { active: 0, locked: 0, deferred: 1, scheduled: 2 };

/** A Message from its encoding; one without an id gets one, as from the service. Raises decode-error. */
export function decodeMessage(buffer) {
  return guarded(() => {
    const parts = sections(buffer);
    const properties = readProperties(buffer, parts);
    if (properties.messageId === null) return decodeMessage(withId(buffer, parts, newId()));
    const header = readHeader(buffer, parts);
    const annotations = readAnnotations(buffer, parts);
    return new Message({
      ...properties,
      timeToLive_ms: header.ttl_ms,
      enqueueAt_ms: annotations.enqueueAt_ms,
      content: { header, annotations: annotations.pairs, rest: readRest(buffer, parts) },
    });
  });
}

/** The encodings of the messages of a batch. Raises decode-error. */
export function splitBatch(buffer) {
  return guarded(() =>
    sections(buffer)
      .filter(({ code }) => code === DATA)
      .map(({ value }) => bytes(buffer, value)),
  );
}

/**
 * The encoding of a message as it is delivered; `lockedUntil_ms` is null without a lock. `token`, 16 bytes, is
 * for a message that comes in an answer and has no delivery tag to carry it.
 */
export function encodeMessage(message, lockedUntil_ms = null, token = null) {
  const { header, annotations, rest } = message.content;
  const times = { 'x-opt-enqueued-time': message.enqueuedAt_ms };
  if (lockedUntil_ms !== null) times['x-opt-locked-until'] = lockedUntil_ms;
  const numbers = { 'x-opt-sequence-number': message.sequence };
  if (message.deadLetter) numbers['x-opt-enqueue-sequence-number'] = message.deadLetter.sequence;
  return Buffer.concat([
    headerSection({ ...header, ttl_ms: message.timeToLive_ms, deliveryCount: message.deliveryCount }),
    token ? lockTokenSection(token) : Buffer.alloc(0),
    annotationsSection(annotations, times, numbers, STATE_NUMBERS[message.state] ?? 0),
    withChanges(rest, changesOf(message)),
  ]);
}

function guarded(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw decodeError(error.message);
  }
}

const find = (parts, code) => parts.find((part) => part.code === code);

function readHeader(buffer, parts) {
  const part = find(parts, HEADER);
  const offsets = part ? elements(buffer, part.value) : [];
  const field = (i) => (i < offsets.length ? scalar(buffer, offsets[i]) : null);
  return { isDurable: field(0) ?? true, priority: field(1) ?? 4, ttl_ms: field(2) ?? Infinity };
}

function readAnnotations(buffer, parts) {
  const part = find(parts, MESSAGE_ANNOTATIONS);
  const offsets = part ? elements(buffer, part.value) : [];
  const found = { enqueueAt_ms: 0, pairs: [] };
  for (let i = 0; i < offsets.length; i += 2) readAnnotation(buffer, offsets[i], offsets[i + 1], found);
  return found;
}

function readAnnotation(buffer, key, value, found) {
  const name = scalar(buffer, key);
  if (name === SCHEDULED) found.enqueueAt_ms = scalar(buffer, value) ?? 0;
  if (!BROKER_ANNOTATIONS.has(name)) found.pairs.push(Buffer.from(buffer.subarray(key, skip(buffer, value))));
}

function readProperties(buffer, parts) {
  const part = find(parts, PROPERTIES);
  const offsets = part ? elements(buffer, part.value) : [];
  const field = (i) => (i < offsets.length ? scalar(buffer, offsets[i]) : null);
  const messageId = field(0);
  return { messageId: messageId === null ? null : String(messageId), sessionId: field(10) };
}

const newId = () => randomUUID().replaceAll('-', '');

function withId(buffer, parts, id) {
  const old = find(parts, PROPERTIES);
  const isBefore = ({ code }) => code >= HEADER && code < PROPERTIES;
  const start = old?.start ?? parts.findLast(isBefore)?.end ?? 0;
  const others = old ? elements(buffer, old.value).slice(1) : [];
  const fields = others.map((at) => buffer.subarray(at, skip(buffer, at)));
  const section = propertiesSection([encodedString(id), ...fields]);
  return Buffer.concat([buffer.subarray(0, start), section, buffer.subarray(old?.end ?? start)]);
}

/** Everything from the properties on, copied: a slice would keep the whole network buffer alive. */
function readRest(buffer, parts) {
  const first = parts.find(({ code }) => code > MESSAGE_ANNOTATIONS || code < HEADER);
  return first ? Buffer.from(buffer.subarray(first.start)) : Buffer.alloc(0);
}

/** What its consumers changed, and why it is a dead letter: names to encoded values. */
function changesOf({ changes, deadLetter }) {
  if (!deadLetter) return changes;
  const reasons = { DeadLetterReason: deadLetter.reason, DeadLetterErrorDescription: deadLetter.description };
  const given = Object.entries(reasons).filter(([, text]) => text !== undefined && text !== null);
  return new Map([...changes, ...given.map(([name, text]) => [name, encodedString(text)])]);
}

function withChanges(rest, changes) {
  if (changes.size === 0) return rest;
  const parts = sections(rest);
  const old = find(parts, APPLICATION_PROPERTIES);
  const start = old?.start ?? find(parts, PROPERTIES)?.end ?? 0;
  return Buffer.concat([
    rest.subarray(0, start),
    applicationPropertiesSection(old ? keptPairs(rest, old, changes) : [], changes),
    rest.subarray(old?.end ?? start),
  ]);
}

function keptPairs(buffer, part, changes) {
  const offsets = elements(buffer, part.value);
  return offsets
    .filter((key, i) => i % 2 === 0 && !changes.has(scalar(buffer, key)))
    .map((key) => buffer.subarray(key, skip(buffer, skip(buffer, key))));
}
