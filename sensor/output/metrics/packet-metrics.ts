/** Metrics of kept packets: how many were written for alerts, and why others were not. */
import { counter, gauge, type CounterSamples } from './metric-info.ts';

export const PACKET_METRICS = {
  packetsKept: counter('packets_kept_total', 'Packets of alerts written to the spool'),
  packetsDropped: counter(
    'packets_dropped_total',
    'Packets of alerts not written: queue (the disk is slower than alerts come), disk (it refused them), room (packets.max_bytes is too little for them), budget (alerts beyond those of a second; one counts as one)',
    'reason',
  ),
  packetSpoolBytes: gauge('packet_spool_bytes', 'Size of the spool on disk'),
} as const;

export const PACKET_COUNTERS: Readonly<Record<keyof typeof PACKET_METRICS, CounterSamples>> = {
  packetsKept: [[{}, 'packetsKept']],
  packetsDropped: [
    [{ reason: 'queue' }, 'packetsDroppedQueue'],
    [{ reason: 'disk' }, 'packetsDroppedDisk'],
    [{ reason: 'room' }, 'packetsDroppedRoom'],
    [{ reason: 'budget' }, 'packetsDroppedBudget'],
  ],
  packetSpoolBytes: [[{}, 'packetSpoolBytes']],
};
