/** Interfaces as /sys/class/net shows them. */
import { networkInterfaces } from 'node:os';
import type { CardCounters } from '../card.ts';
import { IFF_PROMISC, IFF_UP, type LinkFacts } from '../link.ts';
import { namesIn, readNumber, readText } from './system.ts';

const NET = '/sys/class/net';
const LOOPBACK = 0x8;
/** As the kernel allows: no path, at most 15 bytes. */
const NAME = /^(?!\.{1,2}$)[^/\s]{1,15}$/;

/** Names of all interfaces; `bonding_masters` is a file among them. */
export function interfaceNames(): string[] {
  return namesIn(NET)
    .filter((name) => readNumber(`${NET}/${name}/ifindex`) !== undefined)
    .sort();
}

/** Those that are up, but for the loopback. */
export function interfacesUp(): string[] {
  return interfaceNames().filter((name) => {
    const flags = flagsOf(name) ?? 0;
    return (flags & IFF_UP) !== 0 && (flags & LOOPBACK) === 0;
  });
}

/** Undefined where there is no such interface. */
function flagsOf(name: string): number | undefined {
  if (!NAME.test(name)) return undefined;
  const text = readText(`${NET}/${name}/flags`)?.trim();
  return text === undefined ? undefined : Number(text);
}

export function isPromiscuous(name: string): boolean | undefined {
  const flags = flagsOf(name);
  return flags === undefined ? undefined : (flags & IFF_PROMISC) !== 0;
}

export function mtuOf(name: string): number | undefined {
  return NAME.test(name) ? readNumber(`${NET}/${name}/mtu`) : undefined;
}

export function linkFacts(name: string): LinkFacts {
  const flags = flagsOf(name);
  const addresses = (networkInterfaces()[name] ?? []).map(({ cidr, address }) => cidr ?? address);
  const facts = { name, known: interfaceNames(), addresses };
  if (flags === undefined) {
    return { ...facts, link: name === 'any' ? 'any' : undefined, isLoopback: false };
  }
  const speed = readNumber(`${NET}/${name}/speed`);
  const carrier = readNumber(`${NET}/${name}/carrier`);
  return {
    ...facts,
    isLoopback: (flags & LOOPBACK) !== 0,
    link: {
      isUp: (flags & IFF_UP) !== 0,
      hasCarrier: carrier === undefined ? undefined : carrier === 1,
      speed: speed === undefined || speed <= 0 ? undefined : speed,
      duplex: readText(`${NET}/${name}/duplex`)?.trim() ?? '',
      mtu: mtuOf(name),
    },
  };
}

/** Queues packets come in by, as many as there may be for all that is known here; undefined where none is listed. */
export function queuesOf(
  name: string,
): { readonly now: number; readonly most: number } | undefined {
  if (!NAME.test(name)) return undefined;
  const count = namesIn(`${NET}/${name}/queues`).filter((queue) => queue.startsWith('rx-')).length;
  return count === 0 ? undefined : { now: count, most: count };
}

const MISSED = ['rx_missed_errors', 'rx_over_errors', 'rx_fifo_errors'];
const ERRORS = ['rx_crc_errors', 'rx_frame_errors', 'rx_length_errors'];

/** Undefined where the interface has none. */
export function cardCounters(name: string): CardCounters | undefined {
  if (!NAME.test(name)) return undefined;
  const read = (counter: string): number | undefined =>
    readNumber(`${NET}/${name}/statistics/${counter}`);
  const packets = read('rx_packets');
  if (packets === undefined) return undefined;
  // Drivers count one loss under one name, some under two: the largest is the one to tell.
  const largest = (names: readonly string[]): number =>
    Math.max(...names.map((counter) => read(counter) ?? 0));
  return {
    packets,
    missed: largest(MISSED),
    dropped: read('rx_dropped') ?? 0,
    errors: largest(ERRORS),
  };
}

/** What was counted between two looks. */
export function countedBetween(before: CardCounters, after: CardCounters): CardCounters {
  const grown = (key: keyof CardCounters): number => Math.max(0, after[key] - before[key]);
  return {
    ...{ packets: grown('packets'), missed: grown('missed') },
    ...{ dropped: grown('dropped'), errors: grown('errors') },
  };
}
