/** What is read from commands and packets, without either. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../sensor/config/index.ts';
import { packetTime, wallClockUsec } from '../../../sensor/core/index.ts';
import { offloadsOf, rowOf } from '../../../sensor/doctor/facts/ethtool.ts';
import { PacketTally } from '../../../sensor/doctor/facts/packet-tally.ts';
import { addressOf, sensorFacts } from '../../../sensor/doctor/facts/sensor-facts.ts';
import { runFile } from '../../../sensor/run-record.ts';
import type { Seen } from '../../../sensor/doctor/traffic.ts';
import { LINK, buildPacket, type PacketSpec } from '../../support/packets.ts';

describe('ethtool', () => {
  it('-k: features, indented or not, fixed or not', () => {
    const text = [
      'Features for eth1:',
      'rx-checksumming: on [fixed]',
      'tx-checksumming: off',
      '\ttx-checksum-ipv4: on',
      'generic-receive-offload: on',
      'large-receive-offload: off [fixed]',
      '',
    ].join('\n');
    const features = offloadsOf(text);
    assert.deepEqual(
      [features.get('generic-receive-offload'), features.get('large-receive-offload')],
      [true, false],
    );
    assert.equal(features.get('tx-checksumming'), false);
    assert.equal(features.get('tx-checksum-ipv4'), true);
    assert.equal(features.get('rx-vlan-offload'), undefined);
  });

  const ring = (most: string, now: string): string =>
    `Ring parameters for eth1:\nPre-set maximums:\nRX:\t\t${most}\nRX Mini:\tn/a\nTX:\t\t${most}\nCurrent hardware settings:\nRX:\t\t${now}\nRX Mini:\tn/a\nTX:\t\t17\n`;

  it('-g: maximum and present size', () => {
    assert.deepEqual(rowOf(ring('4096', '256'), /^RX:\s*(\d+)/), { now: 256, most: 4096 });
    assert.equal(rowOf(ring('n/a', 'n/a'), /^RX:\s*(\d+)/), undefined);
    assert.equal(rowOf(undefined, /^RX:\s*(\d+)/), undefined);
  });

  it('-l: combined channels, or those to receive by', () => {
    const row = /^(?:Combined|RX):\s*(\d+)/;
    const combined =
      'Channel parameters for eth1:\nPre-set maximums:\nRX:\t\t0\nTX:\t\t0\nOther:\t\t1\nCombined:\t63\nCurrent hardware settings:\nRX:\t\t0\nTX:\t\t0\nOther:\t\t1\nCombined:\t8\n';
    assert.deepEqual(rowOf(combined, row), { now: 8, most: 63 });
    const separate =
      'Pre-set maximums:\nRX:\t\t4\nTX:\t\t4\nCombined:\tn/a\nCurrent hardware settings:\nRX:\t\t2\nTX:\t\t4\nCombined:\tn/a\n';
    assert.deepEqual(rowOf(separate, row), { now: 2, most: 4 });
  });
});

describe('PacketTally', () => {
  function tally(frames: readonly Uint8Array[], mtu = 1500, shiftUsec = 0): Seen {
    const counter = new PacketTally(mtu);
    const time = packetTime();
    frames.forEach((bytes, i) => {
      // Far enough apart that none is the copy of another.
      time[0] = wallClockUsec() + shiftUsec + i * 10_000;
      counter.packet(bytes, 0, bytes.length, bytes.length, time, LINK.ethernet);
    });
    return counter.seen(2, 0);
  }

  const toServer = (payload: string, more: PacketSpec = {}): Uint8Array =>
    buildPacket({ payload, ...more });
  const toClient = (payload: string): Uint8Array =>
    buildPacket({ src: '198.51.100.5', dst: '192.0.2.10', srcPort: 5222, dstPort: 40000, payload });
  const times = (count: number, frame: (i: number) => Uint8Array): Uint8Array[] =>
    Array.from({ length: count }, (_, i) => frame(i));

  it('sees both directions of one XMPP connection', () => {
    const seen = tally([toServer('<iq/>'), toClient('<iq/>'), toServer(''), toClient('')]);
    assert.deepEqual(seen.xmpp, {
      ...{ flows: 1, oneSidedFlows: 0, toServer: 2, toClient: 2, plain: 2, tls: 0 },
    });
    assert.deepEqual([seen.packets, seen.tcp, seen.flows, seen.oneSidedFlows], [4, 4, 1, 0]);
  });

  it('takes one direction for the whole only when it is clear', () => {
    const one = (count: number): Seen => tally(times(count, (i) => toServer('', { seq: i })));
    assert.deepEqual([one(5).xmpp.flows, one(5).xmpp.oneSidedFlows], [1, 1]);
    assert.deepEqual([one(4).xmpp.flows, one(4).xmpp.oneSidedFlows], [0, 0]);
  });

  it('knows XMPP on another port by what it says, and other traffic by nothing', () => {
    const chat = times(5, (i) => toServer(`<message id='${i}'/>`, { dstPort: 9999, seq: i }));
    assert.deepEqual([tally(chat).xmpp.plain, tally(chat).xmpp.oneSidedFlows], [5, 1]);
    const web = times(5, (i) => toServer(`<html>${i}`, { dstPort: 80, seq: i }));
    assert.deepEqual([tally(web).xmpp.plain, tally(web).xmpp.flows, tally(web).flows], [0, 0, 1]);
  });

  it('knows TLS on the ports of XMPP', () => {
    assert.equal(tally([toServer('\u0016\u0003\u0001')]).xmpp.tls, 1);
    assert.equal(tally([toServer('\u0016\u0003\u0001', { dstPort: 443 })]).xmpp.tls, 0);
    assert.equal(tally([toServer('<')]).xmpp.plain, 0);
  });

  it('counts copies, wrong checksums, large frames, odd times', () => {
    const counter = new PacketTally(1500);
    const time = packetTime();
    time[0] = wallClockUsec();
    const bytes = toServer('<iq/>', { badChecksum: true });
    for (const wirelen of [bytes.length, bytes.length + 1]) {
      counter.packet(bytes, 0, bytes.length, wirelen, time, LINK.ethernet);
    }
    const seen = counter.seen(2, 5);
    assert.deepEqual([seen.copies, seen.badChecksums, seen.cut, seen.skipped], [1, 2, 1, 5]);
    assert.equal(tally([toServer('x'.repeat(1473))]).glued, 1);
    assert.equal(tally([toServer('x'.repeat(1460))]).glued, 0);
    assert.ok(Math.abs((tally([toServer('')], 1500, -3600e6).aheadSeconds ?? 0) + 3600) < 60);
    assert.equal(tally([]).aheadSeconds, undefined);
  });

  it('knows tunnels it does not look into', () => {
    const ip = (protocol: number, port: number, tags: readonly number[] = []): Uint8Array =>
      Uint8Array.from([
        ...[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...tags, 8, 0],
        ...[0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
        ...[0x30, 0x39, port >> 8, port & 255, 0, 20, 0, 0, ...Array<number>(12).fill(0)],
      ]);
    assert.equal(tally([ip(47, 0)]).tunnelled, 1);
    assert.equal(tally([ip(47, 0, [0x81, 0, 0, 5])]).tunnelled, 1);
    assert.equal(tally([ip(17, 4789), ip(17, 6081), ip(17, 8472)]).tunnelled, 3);
    assert.equal(tally([ip(17, 53), ip(1, 4789)]).tunnelled, 0);
    assert.equal(tally([ip(47, 0).subarray(0, 30)]).tunnelled, 0);
  });
});

describe('addressOf()', () => {
  it('asks on the loopback what listens everywhere', () => {
    assert.deepEqual(addressOf('127.0.0.1:8470'), { host: '127.0.0.1', port: 8470 });
    assert.deepEqual(addressOf('0.0.0.0:1'), { host: '127.0.0.1', port: 1 });
    assert.deepEqual(addressOf('[::]:2'), { host: '::1', port: 2 });
    assert.deepEqual(addressOf('[::1]:3'), { host: '::1', port: 3 });
  });
});

describe('sensorFacts()', () => {
  it('waits for nobody who made a pipe of the record', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-facts-'));
    try {
      execFileSync('mkfifo', [runFile(folder)]);
      const overrides = [`data_dir=${JSON.stringify(folder)}`, 'http.enabled=false'];
      const { recorded } = await sensorFacts(loadConfig({ file: undefined, overrides }));
      assert.deepEqual(recorded, { is: 'gone' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
