/**
 * The native half of the `pcap` package, without its JavaScript half: that one makes an object
 * and emits an event per packet, and loads a protocol decoder we do not use. Known only here;
 * what the binding does and does not do was read in pcap_session.cc of version 3.1.0.
 */
import { createRequire } from 'node:module';
import { OperatorError } from '../core/index.ts';

/** `dispatch` returns this when it closed the handle, because `close` was called. */
export const DISPATCH_CLOSED = -2;

export interface NativeStats {
  readonly ps_recv: number;
  readonly ps_drop: number;
  readonly ps_ifdrop: number;
}

/** One libpcap handle. */
export interface NativeSession {
  /** Opens and starts; returns the name of the link type. Throws Error with libpcap's text. */
  open_live(
    device: string,
    filter: string,
    ringBytes: number,
    snaplen: number,
    dumpFile: '',
    onPacket: () => void,
    isMonitor: boolean,
    timeoutMs: number,
    onWarning: (text: string) => void,
    isPromiscuous: boolean,
  ): string;
  open_offline(
    path: string,
    filter: string,
    ringBytes: number,
    snaplen: number,
    dumpFile: '',
    onPacket: () => void,
    isMonitor: boolean,
    timeoutMs: number,
    onWarning: (text: string) => void,
    isPromiscuous: boolean,
  ): string;
  /**
   * Copies each waiting packet into `packet` and its time and lengths into `header` (four 32-bit
   * words in the machine's byte order), and calls onPacket; returns only when none waits.
   */
  dispatch(packet: Buffer, header: Buffer): number;
  /** Asks for the end; the handle is closed inside the dispatch under way, or by the next one. */
  close(): void;
  stats(): NativeStats;
}

interface Binding {
  readonly PcapSession: new () => NativeSession;
  findalldevs(): readonly { readonly name: string }[];
  lib_version(): string;
}

let loaded: Binding | undefined;

function binding(): Binding {
  if (loaded !== undefined) return loaded;
  try {
    const require = createRequire(import.meta.url);
    loaded = require('pcap/build/Release/pcap_binding.node') as Binding;
    return loaded;
  } catch (error) {
    throw new OperatorError(
      'NATIVE_MISSING',
      'Cannot load the capture library: the native part of the package pcap is missing',
      'install the headers of libpcap (Debian: libpcap-dev), then run: npm rebuild pcap',
      { cause: error },
    );
  }
}

/** A new session, not yet open. Throws OperatorError NATIVE_MISSING. */
export function newSession(): NativeSession {
  return new (binding().PcapSession)();
}

/** Version of libpcap, as it says itself. Throws OperatorError NATIVE_MISSING. */
export function libpcapVersion(): string {
  return binding()
    .lib_version()
    .replace(/^libpcap version /, '');
}

/** Names of the interfaces that libpcap can open, or [] when there is none. */
export function interfaceNames(): string[] {
  try {
    return binding()
      .findalldevs()
      .map((device) => device.name);
  } catch (error) {
    // libpcap fails where it finds no interface at all; a missing addon is told.
    if (error instanceof OperatorError) throw error;
    return [];
  }
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: 0,
  LINKTYPE_ETHERNET: 1,
  LINKTYPE_RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  LINKTYPE_IEEE802_11_RADIO: 127,
};

/** LINKTYPE_ number of the name the binding gives ("Unknown linktype 276" for most). */
export function linkTypeNumber(name: string): number {
  return LINK_TYPES[name] ?? Number(/\d+$/.exec(name)?.[0] ?? -1);
}
