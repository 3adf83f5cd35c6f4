/** Writes the few AMQP 1.0 sections that a broker changes on the messages it hands on. */

const DELIVERY_ANNOTATIONS = 0x71;
const MESSAGE_ANNOTATIONS = 0x72;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const LIST = 0xd0;
const MAP = 0xd1;
const MAX_UINT = 2 ** 32 - 1;
const NULL = Buffer.from([0x40]);
const cachedSymbols = new Map();

/** A header section: isDurable, priority, ttl_ms (Infinity: none), deliveryCount. */
export function headerSection({ isDurable, priority, ttl_ms, deliveryCount }) {
  const fields = Buffer.concat([
    flag(isDurable),
    Buffer.from([0x50, priority]),
    ttl_ms === Infinity ? NULL : uint(Math.min(ttl_ms, MAX_UINT)),
    flag(deliveryCount === 0),
    uint(deliveryCount),
  ]);
  return Buffer.concat([Buffer.from([0x00, 0x53, 0x70, 0xc0, fields.length + 1, 5]), fields]);
}

/**
 * A message-annotations section: pairs already encoded, then times and 64-bit numbers by name, and
 * the state of the message.
 */
export function annotationsSection(pairs, times_ms, numbers, state) {
  const all = [...pairs];
  for (const name in times_ms) all.push(symbol(name), long(0x83, times_ms[name]));
  for (const name in numbers) all.push(symbol(name), long(0x81, numbers[name]));
  all.push(symbol('x-opt-message-state'), int(state));
  return compoundSection(MESSAGE_ANNOTATIONS, MAP, all, 2 * pairs.length + (all.length - pairs.length));
}

/** A delivery-annotations section with a lock token, for a message that comes without a delivery tag. */
export function lockTokenSection(token) {
  const uuid = Buffer.concat([Buffer.from([0x98]), token]);
  return compoundSection(DELIVERY_ANNOTATIONS, MAP, [symbol('x-opt-lock-token'), uuid], 2);
}

/** A properties section of fields already encoded. */
export function propertiesSection(fields) {
  return compoundSection(PROPERTIES, LIST, fields, fields.length);
}

/** An application-properties section: pairs already encoded, then a Map of names to encoded values. */
export function applicationPropertiesSection(pairs, values) {
  const added = [...values].flatMap(([name, value]) => [encodedString(name), value]);
  return compoundSection(APPLICATION_PROPERTIES, MAP, [...pairs, ...added], 2 * (pairs.length + values.size));
}

/** The encoding of a string. */
export function encodedString(value) {
  const content = Buffer.from(value);
  const head = Buffer.from([0xb1, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

function compoundSection(descriptor, code, parts, count) {
  const content = Buffer.concat(parts);
  const head = Buffer.from([0x00, 0x53, descriptor, code, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length + 4, 4);
  head.writeUInt32BE(count, 8);
  return Buffer.concat([head, content]);
}

const flag = (value) => Buffer.from([value ? 0x41 : 0x42]);

function uint(value) {
  const buffer = Buffer.from([0x70, 0, 0, 0, 0]);
  buffer.writeUInt32BE(value, 1);
  return buffer;
}

function int(value) {
  const buffer = Buffer.from([0x71, 0, 0, 0, 0]);
  buffer.writeInt32BE(value, 1);
  return buffer;
}

function long(code, value) {
  const buffer = Buffer.alloc(9);
  buffer[0] = code;
  buffer.writeBigInt64BE(BigInt(Math.round(value)), 1);
  return buffer;
}

function symbol(name) {
  const known = cachedSymbols.get(name) ?? Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name)]);
  cachedSymbols.set(name, known);
  return known;
}
