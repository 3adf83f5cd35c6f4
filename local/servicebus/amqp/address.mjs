const ORIGIN = /^[a-z]+:\/\/[^/]+\//i;
const MANAGEMENT = /\/\$management$/i;
const TOKENS = '$cbs';

/**
 * What a link address means: { entity, isManagement, isTokens }. Clients write whole addresses
 * (amqps://host:port/queue) and bare ones (queue/$management).
 */
export function parseAddress(address) {
  const path = (address ?? '').replace(ORIGIN, '');
  return {
    entity: path.replace(MANAGEMENT, ''),
    isManagement: MANAGEMENT.test(path),
    isTokens: path === TOKENS,
  };
}
