/** Memory and clock of the machine. */
import { availableParallelism } from 'node:os';
import { limitValues, type SensorConfig } from '../../config/index.ts';
import type { ClockFacts } from '../clock.ts';
import type { MemoryFacts } from '../memory.ts';
import { readText, runCommand, statOf } from './system.ts';

/** Control groups without a limit say a number near 2^63, or `max`. */
const NO_LIMIT = 2 ** 60;

export function workersOf({ capture: { workers } }: SensorConfig): number {
  return workers === 'auto' ? Math.max(1, availableParallelism() - 1) : workers;
}

/** `pid`: whose control group counts; undefined for that of this process. */
export function memoryFacts(
  config: SensorConfig,
  {
    interfaces,
    pid,
    isRunning,
  }: {
    readonly interfaces: number;
    readonly pid: number | undefined;
    readonly isRunning: boolean;
  },
): MemoryFacts {
  const limits = limitValues(config);
  const meminfo = readText('/proc/meminfo') ?? '';
  const kilobytes = (name: string): number | undefined => {
    const value = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  };
  return {
    totalBytes: kilobytes('MemTotal'),
    availableBytes: kilobytes('MemAvailable'),
    groupBytes: groupLimit(pid),
    pools: [
      ['flow', limits.flowMemcapBytes],
      ['reassembly', limits.reassemblyMemcapBytes],
      ['packets', config.packets.keep ? limits.packetsRingBytes : 0],
      ['files', config.files.inspect ? limits.filesMemoryBytes : 0],
    ],
    ...{ workers: workersOf(config), interfaces, ringBytes: config.capture.ring_bytes },
    isRunning,
  };
}

/** The least limit on the way up from the group of a process, of either version of control groups. */
function groupLimit(pid: number | undefined): number | undefined {
  const lines = (readText(`/proc/${pid ?? 'self'}/cgroup`) ?? '').split('\n');
  const limits = lines.flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === '') return [];
    const parts = path.split('/').filter(Boolean);
    const [root, file] =
      controllers === ''
        ? ['/sys/fs/cgroup', 'memory.max']
        : ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'];
    if (controllers !== '' && !controllers.split(',').includes('memory')) return [];
    return Array.from({ length: parts.length + 1 }, (_, depth) =>
      Number(readText([root, ...parts.slice(0, depth), file].join('/')) ?? NaN),
    );
  });
  const least = Math.min(...limits.filter((limit) => limit < NO_LIMIT));
  return Number.isFinite(least) ? least : undefined;
}

export async function clockFacts(
  newestUsec: number | undefined,
  nowUsec: number,
): Promise<ClockFacts> {
  return {
    synchronised: await synchronised(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    newestAheadSeconds: newestUsec === undefined ? undefined : (newestUsec - nowUsec) / 1e6,
  };
}

/** Whoever keeps the clock, the kernel knows whether it does, and timedatectl tells; else the daemons are asked. */
async function synchronised(): Promise<ClockFacts['synchronised']> {
  const systemd = await runCommand('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']);
  if (systemd.is === 'done' && /^(yes|no)\s*$/.test(systemd.text)) {
    return { is: systemd.text.startsWith('yes'), by: 'timedatectl' };
  }
  const chrony = await runCommand('chronyc', ['-n', 'tracking']);
  if (chrony.is === 'done') {
    const leap = /^Leap status\s*:\s*(.+)$/m.exec(chrony.text)?.[1];
    if (leap !== undefined) return { is: leap.trim() === 'Normal', by: 'chronyc' };
  }
  const ntp = await runCommand('ntpq', ['-c', 'rv 0 leap']);
  if (ntp.is === 'done') {
    const leap = /leap=(\d+)/.exec(ntp.text)?.[1];
    if (leap !== undefined) return { is: leap !== '11' && leap !== '3', by: 'ntpq' };
  }
  if (typeof statOf('/run/systemd/timesync/synchronized') === 'object') {
    return { is: true, by: 'systemd-timesyncd' };
  }
  return undefined;
}
