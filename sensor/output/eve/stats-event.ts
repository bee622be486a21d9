/**
 * The `stats` object: Suricata's names where it has them, so that existing dashboards find them, ours beside.
 * A counter the table does not place is not lost: it stands under `stanzawatch` by its own name.
 */
import type { CounterName } from '../../core/index.ts';
import type { StatsRecord } from '../../alert/index.ts';

/** Path in the stats object -> counter. */
const PLACES: readonly (readonly [path: string, counter: CounterName])[] = [
  ['capture.kernel_packets', 'capturePackets'],
  ['capture.kernel_drops', 'captureDroppedKernel'],
  ['capture.kernel_ifdrops', 'captureDroppedInterface'],
  ['capture.shed', 'captureDroppedShed'],
  ['capture.duplicates', 'captureDuplicates'],
  ['decoder.pkts', 'capturePackets'],
  ['decoder.bytes', 'captureBytes'],
  ['decoder.tcp', 'decodedTcp'],
  ['decoder.other', 'decodedOther'],
  ['flow.total', 'flowsOpened'],
  ['flow.active', 'flowsActive'],
  ['flow.memuse', 'flowMemuse'],
  ['flow.end.closed', 'flowsEndClosed'],
  ['flow.end.reset', 'flowsEndReset'],
  ['flow.end.timeout', 'flowsEndTimeout'],
  ['flow.end.evicted', 'flowsEndEvicted'],
  ['flow.end.shutdown', 'flowsEndShutdown'],
  ['tcp.midstream_pickups', 'flowsMidstream'],
  ['tcp.invalid_checksum', 'tcpChecksumErrors'],
  ['tcp.overlap_diff_data', 'tcpOverlapConflicts'],
  ['tcp.ack_unseen_data', 'tcpUnseenAck'],
  ['tcp.reassembly_memuse', 'reassemblyMemuse'],
  ['tcp.payload_bytes', 'tcpPayloadBytes'],
  ['tcp.seen_bytes', 'tcpSeenBytes'],
  ['tcp.gap_bytes', 'tcpGapBytes'],
  ['tcp.retransmitted_bytes', 'tcpRetransmittedBytes'],
  ['xmpp.flows', 'xmppFlows'],
  ['xmpp.sessions.opened', 'sessionsOpened'],
  ['xmpp.sessions.c2s', 'sessionsC2s'],
  ['xmpp.sessions.s2s', 'sessionsS2s'],
  ['xmpp.sessions.component', 'sessionsComponent'],
  ['xmpp.sessions.serverless', 'sessionsServerless'],
  ['xmpp.bytes', 'xmlBytes'],
  ['xmpp.message.to_server', 'stanzasMessageToServer'],
  ['xmpp.message.to_client', 'stanzasMessageToClient'],
  ['xmpp.presence.to_server', 'stanzasPresenceToServer'],
  ['xmpp.presence.to_client', 'stanzasPresenceToClient'],
  ['xmpp.iq.to_server', 'stanzasIqToServer'],
  ['xmpp.iq.to_client', 'stanzasIqToClient'],
  ['xmpp.other.to_server', 'stanzasOtherToServer'],
  ['xmpp.other.to_client', 'stanzasOtherToClient'],
  ['xmpp.encrypted.starttls', 'encryptedStarttls'],
  ['xmpp.encrypted.direct', 'encryptedDirect'],
  ['xmpp.encrypted.compressed', 'encryptedCompressed'],
  ['detect.alerts_suppressed', 'alertsSuppressed'],
  ['detect.alerts_folded', 'alertsFolded'],
  ['detect.copies', 'alertsCopies'],
  ['detect.incidents.open', 'incidentsOpen'],
  ['detect.incidents.firings', 'incidentFirings'],
  ['detect.incidents.evicted', 'incidentsEvicted'],
  ['detect.scans', 'scans'],
];

const PLACED: ReadonlySet<string> = new Set(PLACES.map(([, counter]) => counter));

interface Branch {
  [name: string]: number | Branch;
}

export function statsObject(record: StatsRecord): Branch {
  const stats: Branch = { uptime: record.uptimeSeconds };
  for (const [path, counter] of PLACES) {
    const value = record.counters[counter];
    if (value !== undefined) place(stats, path.split('.'), value);
  }
  const rest = Object.entries(record.counters).filter(([name]) => !PLACED.has(name));
  if (rest.length > 0) stats['stanzawatch'] = Object.fromEntries(rest);
  stats['events'] = { ...record.events };
  return stats;
}

function place(stats: Branch, path: readonly string[], value: number): void {
  let branch = stats;
  for (const name of path.slice(0, -1)) {
    const next = branch[name];
    if (typeof next === 'object') branch = next;
    else {
      const made: Branch = {};
      branch[name] = made;
      branch = made;
    }
  }
  branch[path.at(-1) ?? ''] = value;
}
