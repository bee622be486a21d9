/** Connections held open before login, from packets on: most of them say nothing, so there is no session. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packetTime } from '../../sensor/core/index.ts';
import { START_USEC, tcpConversation, type TimedPacket, type Turn } from '../support/packets.ts';
import { replayPackets } from '../support/replay.ts';

const ETHERNET = 1;
const SECOND = 1_000_000;
const SID = 1530690;
const ORIGIN = { interfaceName: '', fileName: 'held' };
const HEADER =
  "<stream:stream to='corp.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

interface Held {
  readonly client?: string;
  readonly turns?: readonly Turn[];
  readonly serverPort?: number;
  /** Packets of the connection that are sent; its end is not among them unless told. */
  readonly packets?: (all: readonly TimedPacket[]) => readonly TimedPacket[];
}

/** Everything but the end. */
function withoutEnd(all: readonly TimedPacket[]): readonly TimedPacket[] {
  return all.slice(0, 3);
}

/** So many connections, one each second; then silence, and an ordinary chat of somebody else after `seconds`. */
async function alertsOf(count: number, seconds: number, held: Held = {}) {
  const packets: TimedPacket[] = [];
  for (let i = 0; i < count; i++) {
    const all = tcpConversation(held.turns ?? [], {
      client: held.client ?? '203.0.113.7',
      clientPort: 30_000 + i,
      serverPort: held.serverPort ?? 5222,
      startUsec: START_USEC + i * SECOND,
    });
    packets.push(...(held.packets ?? withoutEnd)(all));
  }
  packets.push(...tcpConversation([['C', HEADER]], { startUsec: START_USEC + seconds * SECOND }));
  packets.sort((a, b) => a.tsUsec - b.tsUsec);
  const { alerts } = await replayPackets((sensor) => {
    const time = packetTime();
    packets.forEach(({ bytes, tsUsec }, i) => {
      time[0] = tsUsec;
      sensor.packet(bytes, 0, bytes.length, bytes.length, time, ETHERNET, ORIGIN, i + 1);
    });
  });
  return alerts.filter(({ alert }) => alert.sid === SID);
}

test('connections that say nothing are told', async () => {
  const [alert, ...others] = await alertsOf(20, 120);
  assert.deepEqual(others, []);
  assert.match(
    JSON.stringify(alert),
    /203\.0\.113\.7 holds 20 connections to 198\.51\.100\.5 port 5222/,
  );
});

test('one connection less is not told', async () => {
  assert.deepEqual(await alertsOf(19, 120), []);
});

test('connections that are not a minute old are not told', async () => {
  assert.deepEqual(await alertsOf(20, 55), []);
});

test('connections that stop within the header are told', async () => {
  const turns: Turn[] = [['C', '<stream:stream to=']];
  assert.equal((await alertsOf(25, 120, { turns, packets: (all) => all.slice(0, 5) })).length, 1);
});

test('IPv6 connections of one network are told', async () => {
  assert.equal((await alertsOf(20, 120, { client: '2001:db8:7::1' })).length, 1);
});

test('connections that never came about are not told', async () => {
  assert.deepEqual(await alertsOf(60, 120, { packets: (all) => all.slice(0, 1) }), []);
  assert.deepEqual(await alertsOf(60, 120, { packets: (all) => all.slice(0, 2) }), []);
});

test('connections that end are not told', async () => {
  assert.deepEqual(await alertsOf(60, 120, { packets: (all) => all }), []);
});

test('connections of which one side is captured are not told', async () => {
  assert.deepEqual(
    await alertsOf(60, 120, { packets: ([syn, , ack]) => [syn, ack].flatMap((p) => p ?? []) }),
    [],
  );
});

test('TLS connections are not told', async () => {
  const hello = Buffer.from(
    `160301003d010000390303${'00'.repeat(32)}000002002f0100000e0010000a0008${'00'.repeat(8)}`,
    'hex',
  );
  const turns: Turn[] = [['C', hello]];
  const packets = (all: readonly TimedPacket[]): readonly TimedPacket[] => all.slice(0, 5);
  assert.deepEqual(await alertsOf(60, 120, { turns, packets, serverPort: 5223 }), []);
});

test('connections to other ports are not told', async () => {
  assert.deepEqual(await alertsOf(60, 120, { serverPort: 8080 }), []);
});
