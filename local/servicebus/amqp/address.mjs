const ORIGIN = /^[a-z]+:\/\/[^/]*/i;
const OUTER_SLASHES = /^\/+|\/+$/g;
const MANAGEMENT = /\/\$management$/i;
const TOKENS = /^\$cbs$/i;

/**
 * What a link address means: { entity, isManagement, isTokens }. Clients write whole addresses
 * (amqps://host:port/queue), bare ones (queue/$management) and bare ones with a slash in front, in any case.
 */
export function parseAddress(address) {
  const path = (address ?? '').replace(ORIGIN, '').replace(OUTER_SLASHES, '');
  return {
    entity: path.replace(MANAGEMENT, ''),
    isManagement: MANAGEMENT.test(path),
    isTokens: TOKENS.test(path),
  };
}
