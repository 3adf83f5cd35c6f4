import { decodeError } from '../broker/errors.mjs';
import { elements, scalar, skip } from './scan.mjs';

/**
 * Properties that a client wants changed on a message when it settles it: a Map of names to encoded values, so
 * that they keep their types.
 */

const MAPS_AND_NULL = new Set([0xc1, 0xd1, 0x40]);

/** The changes in an encoded map, or in a null. Raises decode-error for anything else. */
export function changesAt(buffer, offset) {
  if (!MAPS_AND_NULL.has(buffer[offset])) throw decodeError('the properties to modify are no map');
  const offsets = elements(buffer, offset);
  const pairs = offsets.filter((_, i) => i % 2 === 0).map((key, i) => [key, offsets[2 * i + 1]]);
  return new Map(pairs.map(([key, value]) => [scalar(buffer, key), copy(buffer, value)]));
}

/** The changes in a map that rhea has read; none in anything else, or where it is missing. */
export function changesIn(types, map) {
  if (!map || !types.is_map(map)) return new Map();
  const writer = new types.Writer();
  writer.write(map);
  return changesAt(writer.toBuffer(), 0);
}

/** The changes under a key of the encoded map at an offset. */
export function changesUnder(buffer, offset, key) {
  const offsets = elements(buffer, offset);
  const at = offsets.findIndex((one, i) => i % 2 === 0 && scalar(buffer, one) === key);
  return at < 0 ? new Map() : changesAt(buffer, offsets[at + 1]);
}

const copy = (buffer, start) => Buffer.from(buffer.subarray(start, skip(buffer, start)));
