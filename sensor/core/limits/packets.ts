/** Limits of kept packets (packets/). */
import { limit, type LimitInfo } from './limit.ts';

export const PACKETS_LIMITS = {
  packetsRingBytes: limit(
    'packets.ring_bytes',
    64 * 1024 * 1024,
    'bytes',
    'oldest packets in memory are overwritten: an alert that comes later has fewer',
  ),
  packetsCarriedBytes: limit(
    'packets.carried_bytes',
    256 * 1024,
    'bytes',
    'of a flow that is no XMPP only the beginning, and so much of the end, is written with an alert',
  ),
  packetsFlowBytes: limit(
    'packets.flow_bytes',
    4 * 1024 * 1024,
    'bytes',
    'of packets before an alert only the latest of the flow are written',
  ),
  packetsFollowSeconds: limit(
    'packets.follow_seconds',
    5,
    'seconds',
    'packets of the flow that come later than this behind an alert are not written for it',
  ),
  packetsFollowPackets: limit(
    'packets.follow_packets',
    64,
    'items',
    'further packets behind an alert are not written for it',
  ),
  packetsFollowFlows: limit(
    'packets.follow_flows',
    1024,
    'items',
    'the flow that is followed longest is written now, and followed no more',
  ),
  packetsAgainSeconds: limit(
    'packets.again_seconds',
    60,
    'seconds',
    'an alert that grows writes packets of its flow again only after so long',
  ),
  packetsAlertsPerSecond: limit(
    'packets.alerts_per_second',
    200,
    'items',
    'packets of further alerts of this second are not written; packets_not_kept{reason="budget"}',
  ),
  packetsBytesPerSecond: limit(
    'packets.bytes_per_second',
    16 * 1024 * 1024,
    'bytes',
    'packets of further alerts of this second are not written; packets_not_kept{reason="budget"}',
  ),
  packetsPendingBytes: limit(
    'packets.pending_bytes',
    32 * 1024 * 1024,
    'bytes',
    'packets are not written while so much waits for the disk; packets_not_kept{reason="queue"}',
  ),
  packetsFileBytes: limit(
    'packets.file_bytes',
    16 * 1024 * 1024,
    'bytes',
    'the next file of the spool begins',
  ),
} as const satisfies Readonly<Record<string, LimitInfo>>;
