/**
 * A name server for a namespace without the Internet: answers A and the SRV records of XMPP for the names it was given,
 * NXDOMAIN for all others.
 * node dns.mjs ADDRESS NAME=IPV4 [NAME=IPV4 ...]
 */
import { createSocket } from 'node:dgram';

const [address, ...pairs] = process.argv.slice(2);
const hosts = new Map(pairs.map((pair) => pair.split('=')));
const PORTS = { '_xmpp-server._tcp.': 5269, '_xmpp-client._tcp.': 5222 };
const A = 1;
const SRV = 33;

/** The question's name and where its type begins. */
function readQuestion(query) {
  const labels = [];
  let at = 12;
  while (query[at] > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  return { name: labels.join('.').toLowerCase(), at: at + 1 };
}

function wireName(name) {
  const parts = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Data of the answer; undefined for a name that is not known, empty for one without such a record. */
function recordOf(name, type) {
  const service = Object.keys(PORTS).find((prefix) => name.startsWith(prefix));
  const host = service === undefined ? name : name.slice(service.length);
  if (!hosts.has(host)) return undefined;
  if (service !== undefined && type === SRV) {
    const fixed = Buffer.from([0, 0, 0, 5, 0, 0]);
    fixed.writeUInt16BE(PORTS[service], 4);
    return Buffer.concat([fixed, wireName(host)]);
  }
  const isAddress = service === undefined && type === A;
  return isAddress ? Buffer.from(hosts.get(host).split('.').map(Number)) : Buffer.alloc(0);
}

const socket = createSocket('udp4');
socket.on('message', (query, peer) => {
  const { name, at } = readQuestion(query);
  const type = query.readUInt16BE(at);
  const data = recordOf(name, type);
  const header = Buffer.from(query.subarray(0, 12));
  header[2] = 0x84 | (header[2] & 0x01);
  header[3] = data === undefined ? 0x83 : 0x80;
  const hasAnswer = data !== undefined && data.length > 0;
  header.writeUInt16BE(hasAnswer ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const answer = Buffer.alloc(hasAnswer ? 12 : 0);
  if (hasAnswer) {
    answer.writeUInt16BE(0xc00c, 0);
    answer.writeUInt16BE(type, 2);
    answer.writeUInt16BE(1, 4);
    answer.writeUInt32BE(60, 6);
    answer.writeUInt16BE(data.length, 10);
  }
  const parts = [header, query.subarray(12, at + 4), answer, hasAnswer ? data : Buffer.alloc(0)];
  socket.send(Buffer.concat(parts), peer.port, peer.address);
});
// Whoever started it may be killed.
process.on('disconnect', () => process.exit());
socket.bind(53, address, () => process.send?.('ready'));
