/** Thresholds of the file transfer detectors (correlation/watches/ibb, files/socks-guard). */
import { threshold, type ThresholdInfo } from './threshold.ts';

export const TRANSFER_THRESHOLDS = {
  ibbBlockBytes: threshold('transfer.ibb_block_bytes', 65_535, 'bytes', {
    reason: 'Largest block of in-band data before encoding, whatever was negotiated.',
    source: 'XEP-0047 section 2.1: block-size is an unsigned short',
    events: ['service.ibb_block'],
  }),
  socksConnects: threshold('transfer.socks_connects', 2, 'items', {
    reason: 'Addresses that may connect for one bytestream: both parties, at a proxy.',
    source: 'XEP-0065 section 5',
    events: ['service.socks_race'],
  }),
  socksOfferSeconds: threshold('transfer.socks_offer_seconds', 600, 'seconds', {
    reason: 'How long an offer explains the connection made for it.',
    source: 'XEP-0065 gives no limit; clients give up after minutes',
    events: ['service.socks_race', 'service.socks_unexplained'],
  }),
  socksIdle: threshold('transfer.socks_idle', 20, 'items', {
    reason:
      'Connections of one address to a file proxy that carry nothing, within socks_idle_seconds.',
    source: 'threats.md s5b-misuse; ejabberd proxy65 max_connections 5',
    events: ['service.socks_idle'],
  }),
  socksIdleSeconds: threshold('transfer.socks_idle_seconds', 600, 'seconds', {
    reason: 'Window of socks_idle.',
    source: 'threats.md s5b-misuse',
    events: ['service.socks_idle'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
