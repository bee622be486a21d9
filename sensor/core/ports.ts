/** Ports where XMPP servers listen, by registration or by the habit of server software. */

/**
 * Streams straight over TCP: 5222 clients, 5223 clients over TLS, 5262 and 5263 connection
 * managers, 5269 servers, 5270 servers over TLS, 5275, 5276 and 5347 components, 5298 serverless.
 */
export const STREAM_PORTS: readonly number[] = [
  5222, 5223, 5262, 5263, 5269, 5270, 5275, 5276, 5298, 5347,
];

/**
 * BOSH, WebSocket and file upload of Prosody and ejabberd (5280, 5281) and Openfire (7070, 7443).
 */
export const WEB_PORTS: readonly number[] = [5280, 5281, 7070, 7443];

export const XMPP_PORTS: readonly number[] = [...STREAM_PORTS, ...WEB_PORTS];

/** One byte per port, 1 for those listed: a lookup without hashing. */
export function portSet(ports: readonly number[]): Uint8Array {
  const set = new Uint8Array(65536);
  for (const port of ports) set[port] = 1;
  return set;
}
