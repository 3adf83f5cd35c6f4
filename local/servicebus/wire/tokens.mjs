/**
 * Lock tokens: the broker keeps them as UUID text, management links carry them as 16 bytes in
 * network order, and delivery tags as 16 bytes with the first three fields little-endian.
 */

/** The delivery tag of a token. */
export function tagOf(token) {
  const tag = bytesOf(token);
  tag.subarray(0, 4).reverse();
  tag.subarray(4, 6).reverse();
  tag.subarray(6, 8).reverse();
  return tag;
}

/** The 16 bytes of a token in network order. */
export function bytesOf(token) {
  return Buffer.from(token.replaceAll('-', ''), 'hex');
}

/** The token of 16 bytes in network order. */
export function tokenOf(bytes) {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
