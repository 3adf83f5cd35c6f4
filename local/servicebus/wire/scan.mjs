import { decodeError } from '../broker/errors.mjs';

/**
 * Reads AMQP 1.0 encodings in place. A broker looks at a few fields of a message and hands the rest
 * on as it came, so values are skipped rather than decoded.
 */

const FIXED_SIZE = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 };
const DESCRIBED = 0x00;
const LIST0 = 0x45;
const BYTE_COUNTED = new Set([0xc0, 0xc1]);

/** The offset behind the value at an offset. */
export function skip(buffer, offset) {
  const code = buffer[offset];
  if (code === DESCRIBED) return skip(buffer, skip(buffer, offset + 1));
  const kind = code >> 4;
  if (kind in FIXED_SIZE) return offset + 1 + FIXED_SIZE[kind];
  if (kind === 0xa || kind === 0xc || kind === 0xe) return offset + 2 + buffer[offset + 1];
  if (kind === 0xb || kind === 0xd || kind === 0xf) return offset + 5 + buffer.readUInt32BE(offset + 1);
  throw decodeError(`unknown type code ${code} at ${offset}`);
}

/** The sections of a message: [{ code, start, value, end }], offsets into the buffer. */
export function sections(buffer) {
  const found = [];
  for (let start = 0; start < buffer.length; start = found.at(-1).end) {
    if (buffer[start] !== DESCRIBED) throw decodeError(`no section at ${start}`);
    const value = skip(buffer, start + 1);
    const end = skip(buffer, value);
    if (!(end <= buffer.length)) throw decodeError('it ends too early');
    found.push({ code: scalar(buffer, start + 1), start, value, end });
  }
  return found;
}

/** The offsets of the elements of the list or map at an offset; empty for null. */
export function elements(buffer, offset) {
  const code = buffer[offset];
  if (code === LIST0 || code === 0x40) return [];
  const isSmall = BYTE_COUNTED.has(code);
  const count = isSmall ? buffer[offset + 2] : buffer.readUInt32BE(offset + 5);
  const offsets = [];
  for (let at = offset + (isSmall ? 3 : 9); offsets.length < count; at = skip(buffer, at)) offsets.push(at);
  return offsets;
}

/** The bytes of the binary, string or symbol at an offset. */
export function bytes(buffer, offset) {
  const end = skip(buffer, offset);
  return buffer.subarray(offset + (buffer[offset] < 0xb0 ? 2 : 5), end);
}

/** A string, number, boolean or null; anything else as the hexadecimal form of its encoding. */
export function scalar(buffer, offset) {
  const read = READERS[buffer[offset]];
  return read ? read(buffer, offset) : buffer.toString('hex', offset, skip(buffer, offset));
}

const text = (buffer, offset) => bytes(buffer, offset).toString('utf8');
const byte = (buffer, offset) => buffer[offset + 1];
const zero = () => 0;
const ulong = (buffer, offset) => Number(buffer.readBigUInt64BE(offset + 1));
const long = (buffer, offset) => Number(buffer.readBigInt64BE(offset + 1));

const READERS = {
  0x40: () => null,
  0x41: () => true,
  0x42: () => false,
  0x56: (buffer, offset) => buffer[offset + 1] === 1,
  0x43: zero,
  0x44: zero,
  0x50: byte,
  0x52: byte,
  0x53: byte,
  0x70: (buffer, offset) => buffer.readUInt32BE(offset + 1),
  0x80: ulong,
  0x81: long,
  0x83: long,
  0xa1: text,
  0xb1: text,
  0xa3: text,
  0xb3: text,
};
